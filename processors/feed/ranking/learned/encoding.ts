// Numbers as short text for records on a topic: base64 of 32-bit floats, or of 16-bit steps of a scale where that is exact enough.

export function encodeFloats(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function decodeFloats(text: string): Float32Array {
  return new Float32Array(bytesOf(text));
}

export function encodeIntegers(values: Int32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function decodeIntegers(text: string): Int32Array {
  return new Int32Array(bytesOf(text));
}

/** Values as whole steps of `step`; the rest, at most half a step, is lost. */
export type Steps = { readonly step: number; readonly values: string };

const stepsMax = 32_767;

export function encodeSteps(values: Float32Array): Steps {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const step = largest / stepsMax;
  const steps = Int16Array.from(values, (value) => (step === 0 ? 0 : Math.round(value / step)));
  return { step, values: Buffer.from(steps.buffer).toString('base64') };
}

export function decodeSteps({ step, values }: Steps): Float32Array {
  return Float32Array.from(new Int16Array(bytesOf(values)), (value) => value * step);
}

/** A copy with a buffer of its own, aligned for every type. */
function bytesOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, 'base64');
  return Uint8Array.from(bytes).buffer;
}
