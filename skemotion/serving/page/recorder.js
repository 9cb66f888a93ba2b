// Runs beside the page: sound of the microphone as 16-bit samples, a quarter of a second at a time.

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(Math.round(sampleRate / 4));
    this.count = 0;
    this.peak = 0;
  }

  process([input]) {
    for (const value of input[0] ?? []) {
      const limited = Math.max(-1, Math.min(1, value));
      this.peak = Math.max(this.peak, Math.abs(limited));
      this.samples[this.count++] = Math.round(limited * 32767);
      if (this.count === this.samples.length) {
        this.port.postMessage({ samples: this.samples.slice(), peak: this.peak });
        this.count = 0;
        this.peak = 0;
      }
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
