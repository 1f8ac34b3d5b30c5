// A voice note: at most a minute, small enough for 2G. It ends when the app is put aside, for then it may be killed.

export const LONGEST_S = 60;
const BITS_PER_SECOND = 24_000; // speech is clear at that; a full minute is 180 KB
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder);

/**
 * Begin to record; asks for the microphone the first time.
 * @param {(seconds: number) => void} onSecond called about four times a second
 * @returns {Promise<{stop: () => void, done: Promise<Blob>}>} rejects where the microphone is refused or missing
 */
export async function record(onSecond) {
  const sound = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(sound, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts = [];
  const began = performance.now();
  const stop = () => recorder.state !== "inactive" && recorder.stop();
  const putAside = () => document.hidden && stop();
  document.addEventListener("visibilitychange", putAside);
  const clock = setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    onSecond(Math.min(seconds, LONGEST_S));
    if (seconds >= LONGEST_S) stop();
  }, 250);
  const done = new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => data.size > 0 && parts.push(data);
    recorder.onerror = ({ error }) => reject(error ?? new Error("the recorder failed"));
    recorder.onstop = () => resolve(new Blob(parts, { type: recorder.mimeType.split(";")[0] }));
  }).finally(() => {
    clearInterval(clock);
    document.removeEventListener("visibilitychange", putAside);
    for (const track of sound.getTracks()) track.stop(); // the phone's red dot goes out
  });
  recorder.start(1000);
  return { stop, done };
}
