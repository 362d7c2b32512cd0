// An AudioWorklet that hands on all it hears. `at` counts the context's frames, `wall` is when the first was asked for.

const CHUNK = 2048;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.start(currentFrame);
  }

  start(frame) {
    this.at = frame;
    this.wall = Date.now();
    this.filled = 0;
    this.samples = new Float32Array(CHUNK);
  }

  process([[channel]]) {
    if (currentFrame !== this.at + this.filled) this.flush(); // the context skipped frames
    if (channel) this.samples.set(channel, this.filled); // without a channel nothing is connected: silence
    this.filled += 128;
    if (this.filled === CHUNK) this.flush(currentFrame + 128);
    return true;
  }

  flush(next = currentFrame) {
    if (this.filled > 0) this.port.postMessage({ at: this.at, wall: this.wall, samples: this.samples.subarray(0, this.filled) });
    this.start(next);
  }
}

registerProcessor('recorder', Recorder);
