import { isSnapkeepError, type JsonValue } from '@snapkeep/sdk';
import { createTestContext, prepared, TEST_INSTANT, textColumn } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '@snapkeep/validate-ajv';
import { expect, test } from 'vitest';
import { suiteCases } from '../support/json-schema-suite.ts';

/** Where we refuse a schema of the suite on purpose: by file, the cases or all of them, and how the message must say so. */
const REFUSED: readonly { why: string; message: RegExp; cases: Record<string, 'all' | readonly string[]> }[] = [
  {
    why: 'nothing is ever loaded, not even the meta-schema',
    message: /which is outside of the document/,
    cases: {
      refRemote: 'all',
      defs: ['validate definition against metaschema'],
      ref: ['remote ref, containing refs itself'],
      dynamicRef: ['$ref to $dynamicRef finds detached $dynamicAnchor'],
      'optional/cross-draft': 'all',
    },
  },
  {
    why: 'ajv follows $dynamicRef otherwise than the standard says, so that it may not be used',
    message: /which is not followed as the standard says/,
    cases: {
      dynamicRef: 'all',
      'optional/dynamicRef': 'all',
      unevaluatedItems: ['unevaluatedItems with $dynamicRef'],
      unevaluatedProperties: ['unevaluatedProperties with $dynamicRef'],
    },
  },
  {
    why: 'ajv takes every item for evaluated by contains',
    message: /is not decided beside contains/,
    cases: {
      unevaluatedItems: [
        'unevaluatedItems depends on adjacent contains',
        'unevaluatedItems depends on multiple nested contains',
        'unevaluatedItems and contains interact to control item dependency relationship',
      ],
    },
  },
  {
    why: 'a keyword that does nothing is a mistake',
    message: /strict mode: .* (?:ignored|always invalid)/,
    cases: {
      'if-then-else': [
        'ignore if without then or else',
        'ignore then without if',
        'ignore else without if',
        'non-interference across combined schemas',
      ],
      maxContains: ['maxContains without contains is ignored'],
      minContains: ['minContains without contains is ignored', 'maxContains < minContains', 'minContains = 0'],
      ref: ['ref to if', 'ref to then', 'ref to else'],
      unevaluatedItems: ['unevaluatedItems can see annotations from if without then and else'],
      unevaluatedProperties: ['unevaluatedProperties can see annotations from if without then and else'],
    },
  },
  {
    why: 'an unknown keyword is a misspelling',
    message: /uses the unknown keyword/,
    cases: {
      'optional/refOfUnknownKeyword': [
        'reference of a root arbitrary keyword ',
        'reference of an arbitrary keyword of a sub-schema',
      ],
      'optional/unknownKeyword': 'all',
    },
  },
  {
    why: 'a format that nobody checks is no promise',
    message: /names the unknown format/,
    cases: {
      format: ['idn-email format', 'idn-hostname format', 'iri format', 'iri-reference format'],
      'optional/format/idn-email': 'all',
      'optional/format/idn-hostname': 'all',
      'optional/format/iri': 'all',
      'optional/format/iri-reference': 'all',
      'optional/format/unknown': 'all',
    },
  },
  {
    why: 'one draft, without meta-schemas of others',
    message: /this validator reads draft 2020-12/,
    cases: {
      'optional/format-assertion': 'all',
      vocabulary: [
        'schema that uses custom metaschema with with no validation vocabulary',
        'ignore unrecognized optional vocabulary',
      ],
    },
  },
];

/** Where our verdict is another on purpose. */
const OTHER_VERDICTS: readonly { why: string; file: string; test: RegExp; ours: boolean }[] = [
  {
    why: 'formats are asserted',
    file: 'format',
    test: /^invalid .* string is only an annotation by default$/,
    ours: false,
  },
];

const isListed = (cases: 'all' | readonly string[] | undefined, name: string) =>
  cases === 'all' || cases?.includes(name) === true;

/** Columns for all that a schema requires at its top, so that no column is missed. */
function requiredColumns(schema: JsonValue): readonly string[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  const { required } = schema as { readonly [keyword: string]: JsonValue };
  return Array.isArray(required) ? required.map(String) : [];
}

test('the official JSON Schema test suite: our verdict is the suite’s, or the exception is named', async () => {
  const unexpected: string[] = [];
  const met = new Set<string>();
  const counts = { agree: 0, otherwise: 0, refused: 0 };
  for (const { file, description, schema, tests } of suiteCases()) {
    const columns = requiredColumns(schema).map(textColumn);
    const compiled = await prepared(
      ajvValidator.compile({ schema, columns, instant: TEST_INSTANT }, createTestContext()),
    ).catch((error: unknown) => {
      if (!isSnapkeepError(error)) throw error;
      const known = REFUSED.find(
        ({ message, cases }) => isListed(cases[file], description) && message.test(error.message),
      );
      if (known) met.add(`${known.why}: ${file}: ${known.cases[file] === 'all' ? 'all' : description}`);
      else unexpected.push(`${file}: ${description}: ${error.message}`);
      return undefined;
    });
    if (!compiled) counts.refused += tests.length;
    for (const { description: title, data, valid } of compiled ? tests : []) {
      // An instance of the suite may be any value; ours are rows.
      const ours = compiled?.check(data as never).length === 0;
      const known = OTHER_VERDICTS.find((one) => one.file === file && one.test.test(title) && one.ours === ours);
      if (ours === valid) counts.agree += 1;
      else if (known) {
        counts.otherwise += 1;
        met.add(known.why);
      } else unexpected.push(`${file}: ${description}: ${title}: ours ${ours}`);
    }
  }
  expect(unexpected).toEqual([]);
  const named = REFUSED.flatMap(({ why, cases }) =>
    Object.entries(cases).flatMap(([file, list]) =>
      (list === 'all' ? ['all'] : list).map((name) => `${why}: ${file}: ${name}`),
    ),
  );
  // An exception that is none any more is to be removed.
  expect([...met].sort()).toEqual([...named, ...OTHER_VERDICTS.map(({ why }) => why)].sort());
  expect(counts).toEqual({ agree: 1612, otherwise: 15, refused: 279 });
});
