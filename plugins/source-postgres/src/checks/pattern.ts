import { NotExpressed } from './nodes.ts';

const REGEX = 'its regular expression means something else, or may, in ECMA-262';

/** What stands for itself in both, outside of brackets. */
const PLAIN = /^[^\\^$.[\](){}*+?|]$/u;
/** A quantifier; a `{` that begins none is read otherwise here and there. */
const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??/;
/** Characters that a backslash makes plain in both. */
const ESCAPED = /^\\[\^$.[\](){}*+?|\\/]/;
/** Brackets with single characters and ranges: neither classes, nor escapes but of themselves, nor what begins with `]`. */
const BRACKET = /^\[\^?(?:[^\\[\]]|\\[\\\]\-^])(?:[^\\[\]]|\\[\\\]\-^])*\]/u;

/**
 * A regular expression of PostgreSQL (an ARE, https://www.postgresql.org/docs/current/functions-matching.html) as one of
 * ECMA-262 with the flag `u` that matches the same texts: what is common to both and no more. `\d`, `\w` and
 * classes follow the server's locale, `(?…)` and `***` change the dialect.
 * @throws NotExpressed
 */
export function regexPattern(source: string): string {
  let rest = source;
  let pattern = '';
  let repeatable = false;
  const take = (text: string, written = text, then = true) => {
    pattern += written;
    rest = rest.slice(text.length);
    repeatable = then;
  };
  if (rest.startsWith('***')) throw new NotExpressed(REGEX);
  while (rest !== '') {
    const quantifier = QUANTIFIER.exec(rest)?.[0];
    const bracket = BRACKET.exec(rest)?.[0];
    const escaped = ESCAPED.exec(rest)?.[0];
    const [first = ''] = rest;
    if (quantifier !== undefined) {
      if (!repeatable) throw new NotExpressed(REGEX);
      take(quantifier, quantifier, false);
    } else if (bracket !== undefined) take(bracket);
    else if (escaped !== undefined) take(escaped);
    else if (rest.startsWith('(?:')) take('(?:', '(?:', false);
    else if (first === '(' && !rest.startsWith('(?')) take('(', '(?:', false);
    else if (first === ')') take(')');
    else if (first === '^' || first === '$' || first === '|') take(first, first, false);
    // A dot of PostgreSQL's takes line breaks too.
    else if (first === '.') take('.', '[\\s\\S]');
    else if (PLAIN.test(first)) take(first);
    else throw new NotExpressed(REGEX);
  }
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new NotExpressed(REGEX);
  }
  return pattern;
}

/** LIKE: `%` any text, `_` any character, a backslash before what is meant itself. */
export function likePattern(like: string): string {
  let pattern = '';
  const characters = [...like];
  for (let at = 0; at < characters.length; at += 1) {
    let character = characters[at] ?? '';
    if (character === '%') pattern += '[\\s\\S]*';
    else if (character === '_') pattern += '[\\s\\S]';
    else {
      if (character === '\\') {
        at += 1;
        character = characters[at] ?? '';
        if (character === '') throw new NotExpressed('its LIKE ends with a backslash');
      }
      pattern += character.replace(/[\\^$.[\](){}*+?|]/, '\\$&');
    }
  }
  return `^${pattern}$`.replace(/\[\\s\\S\]\*\$$/, '').replace(/^\^\[\\s\\S\]\*/, '');
}
