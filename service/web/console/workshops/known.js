// The workshops as every view looks them up; closed ones too, whose history has their names.

export async function loadWorkshops(api, house) {
  const { items } = await api.list("/v1/microfactories");
  house.workshops.clear();
  for (const workshop of items) house.workshops.set(workshop.id, workshop);
}
