/** The few globals that every runtime of core has (Node, Electron, browsers), declared without their libraries. */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(input?: Uint8Array): string;
}
