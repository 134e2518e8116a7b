import { SnapkeepError } from '@snapkeep/sdk';

/** Comments, quoted things and dollar quotes, whole; then anything else, one character at a time. */
const TOKEN =
  /--[^\r\n]*|\/\*|"(?:[^"]|"")*"|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\s\S]/gy;

/**
 * Checks that a text is one SELECT, WITH, VALUES or TABLE, and gives it without a semicolon at its end,
 * so that it can stand in parentheses behind FROM. What is inside is the user's own SQL; the server parses it,
 * in a transaction that can only read.
 * @throws SNAPKEEP_USAGE
 */
export function singleQuery(text: string): string {
  let depth = 0;
  let end = -1;
  let first = '';
  for (const { token, start } of tokens(text)) {
    if (/^(\s|--|\/\*)/.test(token)) continue;
    if (end >= 0) throw refused('it holds more than one statement');
    if (token === ';') end = start;
    else if (token === '(') depth++;
    else if (token === ')' && --depth < 0) throw refused('it has a closing parenthesis too many');
    else if (first === '') first = token.toLowerCase();
  }
  if (depth > 0) throw refused('a parenthesis is not closed');
  if (!['select', 'with', 'values', 'table'].includes(first)) {
    throw refused('it must begin with SELECT, WITH, VALUES or TABLE');
  }
  return end >= 0 ? text.slice(0, end) : text;
}

function* tokens(text: string): Generator<{ token: string; start: number }> {
  const pattern = new RegExp(TOKEN);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    let [token] = match;
    if (token === '/*') token = text.slice(start, endOfComment(text, start));
    else if (/^\$.*\$$/.test(token)) {
      const close = text.indexOf(token, start + token.length);
      if (close < 0) throw refused('a dollar quote is not closed');
      token = text.slice(start, close + token.length);
    } else if (token === "'" || token === '"') throw refused('a quote is not closed');
    pattern.lastIndex = start + token.length;
    yield { token, start };
  }
}

/** PostgreSQL's comments nest. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const pair = text.slice(at, at + 2);
    if (pair === '/*') depth++;
    else if (pair === '*/') depth--;
    else continue;
    at++;
    if (depth === 0) return at + 1;
  }
  throw refused('a comment is not closed');
}

function refused(why: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_USAGE', `The query can’t be used: ${why}`, {
    hint: 'A dataset’s query is one SELECT.',
  });
}
