/** JSON escapes the control characters below U+0020 by itself; at a terminal these do harm too. */
const HARMFUL = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * The same JSON document: whoever parses it gets every character as it is, whoever looks at it sees the harmful ones
 * escaped.
 */
export function safeJson(json: string): string {
  return json.replace(HARMFUL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
