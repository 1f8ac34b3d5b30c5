// What she does: photographs a piece, takes one again, chooses an order, puts a piece aside, drops it, contests.

import { find } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { answer, leaveOpen } from "./consent.js";

/** @returns {{actions: object, photoChosen: (event: Event) => Promise<void>}} */
export function deedsOf({ store, shots, known, taking, queue, screens, onWork }) {
  const ours = () => screens.state.me.microfactory;

  const opener = (input) => () => {
    const { hand } = screens.state;
    if (hand) taking.open(find(input), workOf(hand));
    else screens.go("orders");
  };

  function onAgain(id) {
    const { design, lot, views, piece, inspection, taken_at } = screens.state.pieces.find((one) => one.id === id);
    const first_at = inspection?.received_at ?? taken_at; // as the list of pieces says it
    taking.open(find("#camera"), { design, lot, views, piece, replaces: id, first_at });
  }

  /** A view of the piece in hand, anew. */
  function onViewAgain(view) {
    taking.open(find("#camera"), { ...workOf(screens.state.hand), view });
  }

  /** As long as a piece waits here, its photo can be taken anew: it is a draft again, and its photo in sight. */
  async function onTakeBack(id) {
    if (!(await shots.takeBack(id))) return;
    await shots.takeUp(ours(), id);
    screens.go("camera", null, { replace: true });
  }

  async function photoChosen(event) {
    const [file] = event.target.files;
    event.target.value = "";
    const { hand } = screens.state;
    const work = taking.opened() ?? (hand && workOf(hand));
    if (!file) return;
    if (!work) return screens.go("orders");
    await taking.keep(file, { ...work, microfactory: ours() });
  }

  async function onDiscard(id) {
    if (!confirm(say("discard.sure"))) return;
    await queue.discard(id);
    if (screens.sight.screen !== "home") screens.back();
  }

  async function onTakeUp(id) {
    await shots.takeUp(ours(), id);
    await screens.redraw();
    screens.go("camera");
  }

  /** A piece that was begun for another order is in her hand: she is asked first what becomes of it. */
  async function onChooseWork(work) {
    const { design, lot, photos } = screens.state.hand ?? {};
    const isOther = design !== work.design || lot !== work.lot;
    if (photos?.length && isOther) return screens.go("unfinished", work, { replace: true });
    await choose(work);
    return screens.go("home", null, { replace: true });
  }

  async function choose(work) {
    await store.note("work", work);
    await onWork();
  }

  /** What was chosen comes after it. */
  async function onFinishFirst(work) {
    await choose(work);
    screens.go("camera", null, { replace: true });
  }

  async function onPutAside(work) {
    await shots.takeUp(ours(), null);
    await choose(work);
    screens.go("home", null, { replace: true });
  }

  async function onConsent(said) {
    await answer(store, said);
    queue.nudge();
    screens.back();
  }

  async function onLeaveOpen() {
    await leaveOpen(store);
    screens.back();
  }

  const actions = {
    go: screens.go,
    onBack: screens.back,
    onAgain,
    onDiscard,
    onTakeUp,
    onChooseWork,
    onFinishFirst,
    onPutAside,
    onTake: opener("#camera"),
    onChoose: opener("#picture"),
    onKeepAgain: () => taking.keepAgain(),
    onSendAnyway: (id) => shots.acceptFaults(id),
    onViewAgain,
    onTakeBack,
    onSendSeen: (id) => shots.sendSeen(id),
    onSend: (id) => queue.sendAgain(id),
    onContest: (id, said) => queue.queueAppeal(id, said),
    onCamera: (id) => store.note("contesting", id),
    onKeepPart: (id, part, blob) => queue.appeals.keep(id, part, blob),
    onDropPart: (id, part) => queue.appeals.drop(id, part),
    onConsent,
    onLeaveOpen,
    onDropContest: (id) => queue.appeals.forget(id),
    onWantThumb: (id) => known.thumb(id),
    hold: screens.hold,
    onRedraw: screens.redraw,
  };
  return { actions, photoChosen };
}

/** What the camera is opened for: another view of a piece that was begun, or what is in hand as it is. */
const workOf = ({ id, photos, ...hand }) =>
  id ? { draft: id, design: hand.design, lot: hand.lot, views: hand.views } : hand;
