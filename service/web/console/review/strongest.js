// The mark for which a piece was flagged first of all.

import { isPoor } from "../piece/appeal.js";

/** How far a score is over what it had to reach. */
const over = ({ score, threshold }) => score - threshold;

/** Of one photo: the mark that is farthest over its threshold; null where nothing was found. */
export const strongestOf = ({ defects }) =>
  defects.reduce((best, one) => (best && over(best) >= over(one) ? best : one), null);

/** The place, among the photos, of the one with the strongest mark of the piece; the first where nothing was found. */
export function photoToOpen(inspection) {
  const { photos } = inspection;
  if (isPoor(inspection)) return 0; // nothing was judged in it
  const marks = photos.map(strongestOf);
  return marks.reduce((best, mark, at) => {
    if (!mark || photos[at].removed_at) return best;
    return marks[best] && over(marks[best]) >= over(mark) ? best : at;
  }, 0);
}
