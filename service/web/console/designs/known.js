// The designs as every view looks them up, and who keeps them.

export const KEEPERS = ["engineer", "admin"];
export const NEW = "+"; // no design has this code

/** Other views look them up in the same place. */
export async function loadDesigns(api, house) {
  const { items } = await api.list("/v1/designs");
  house.designs.clear();
  for (const design of items) house.designs.set(design.id, design);
}
