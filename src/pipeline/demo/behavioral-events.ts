import { quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';

/** The events of a learning platform, the most frequent first; a number is how often beside the others. */
const EVENT_TYPES = {
  FLASHCARD_FLIP: 22,
  FLASHCARD_CORRECT: 18,
  FLASHCARD_INCORRECT: 9,
  FLASHCARD_SKIP: 3,
  QUIZ_START: 4,
  QUIZ_ANSWER: 12,
  QUIZ_COMPLETE: 3,
  QUIZ_ABANDON: 1,
  VIDEO_PLAY: 5,
  VIDEO_PAUSE: 4,
  VIDEO_COMPLETE: 2,
  READING_START: 3,
  READING_COMPLETE: 2,
  SESSION_START: 6,
  SESSION_END: 5,
  GOAL_SET: 1,
  GOAL_REACHED: 1,
  STREAK_EXTENDED: 1,
  HINT_REQUESTED: 3,
  NOTE_CREATED: 2,
  SEARCH_PERFORMED: 2,
  FEEDBACK_GIVEN: 1,
  SETTINGS_CHANGED: 1,
} as const;

const COMPLETION_QUALITIES = ['RUSHED', 'NORMAL', 'THOROUGH'] as const;
const ENGAGEMENT_LEVELS = ['LOW', 'MEDIUM', 'HIGH'] as const;
/** ABAB: the second halves show whether an effect comes back with the intervention. */
const PHASES = ['baseline_1', 'intervention_A_1', 'baseline_2', 'intervention_A_2'] as const;
const CONTENT_TYPES = [
  'flashcard',
  'flashcard',
  'flashcard',
  'quiz',
  'quiz',
  'video',
  'article',
  'case_study',
] as const;
const DIFFICULTIES = ['BEGINNER', 'INTERMEDIATE', 'INTERMEDIATE', 'ADVANCED'] as const;
const TAGS = ['anatomy', 'physiology', 'pharmacology', 'pathology', 'biochemistry', 'microbiology'] as const;
/** Hours of the day, UTC, as often as people learn in them. */
const HOURS = [
  0, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 22, 22, 23,
];

export interface BehavioralEventsOptions {
  readonly rows: number;
  /** ISO time with zone. Every event lies before the day that it falls on, so none is in the future of it. */
  readonly baseTime: string;
  /** Days that the events are spread over. */
  readonly days?: number;
  readonly users?: number;
  /** Number of the first row: more rows later get other ids. */
  readonly firstRow?: number;
  readonly table?: string;
}

const DEFAULT_TABLE = 'BehavioralEvent';

/** The statements that create the table, its types and its index, as Prisma would. */
export function createBehavioralEvents(table = DEFAULT_TABLE): string[] {
  const name = quoteIdentifier(table);
  return [
    `CREATE TYPE "EventType" AS ENUM (${literals(Object.keys(EVENT_TYPES))})`,
    `CREATE TYPE "CompletionQuality" AS ENUM (${literals(COMPLETION_QUALITIES)})`,
    `CREATE TYPE "EngagementLevel" AS ENUM (${literals(ENGAGEMENT_LEVELS)})`,
    `CREATE TABLE ${name} (
  "id" text NOT NULL,
  "userId" text NOT NULL,
  "eventType" "EventType" NOT NULL,
  "eventData" jsonb NOT NULL,
  "timestamp" timestamptz NOT NULL DEFAULT now(),
  "completionQuality" "CompletionQuality",
  "contentType" text,
  "dayOfWeek" integer,
  "difficultyLevel" text,
  "engagementLevel" "EngagementLevel",
  "sessionPerformanceScore" integer,
  "timeOfDay" integer,
  "experimentPhase" text,
  "randomizationSeed" integer,
  "contextMetadataId" text,
  CONSTRAINT ${quoteIdentifier(`${table}_pkey`)} PRIMARY KEY ("id")
)`,
    `CREATE INDEX ${quoteIdentifier(`${table}_userId_timestamp_idx`)} ON ${name} ("userId", "timestamp")`,
    `COMMENT ON COLUMN ${name}."dayOfWeek" IS '0 is Monday'`,
  ];
}

/**
 * One INSERT. The same options give the same rows on every server: chance is the MD5 of a row's number.
 * `dice` below are eight numbers from 0 to 65,535 for each row. OFFSET 0 keeps the planner from
 * merging the levels, which would compute them anew wherever they are named.
 */
export function insertBehavioralEvents(options: BehavioralEventsOptions): string {
  const { rows, baseTime, days = 120, firstRow = 1, table = DEFAULT_TABLE } = options;
  const users = options.users ?? Math.max(8, Math.min(2000, Math.ceil(rows / 250)));
  const last = firstRow + rows - 1;
  const types = Object.entries(EVENT_TYPES).flatMap(([type, weight]) => Array<string>(weight).fill(type));
  return `INSERT INTO ${quoteIdentifier(table)}
SELECT ${cuid("'event:' || i")}, ${cuid("'user:' || person")}, type,
  CASE WHEN dice[8] % 100 < 3 THEN to_jsonb(data::text) ELSE data END,
  moment AT TIME ZONE 'UTC',
  CASE WHEN type::text LIKE '%COMPLETE' OR dice[5] % 10 < 5
    THEN (${array(COMPLETION_QUALITIES)}::"CompletionQuality"[])[1 + (dice[5] / 7) % 3] END,
  CASE WHEN dice[6] % 20 > 0 THEN content END,
  CASE WHEN dice[7] % 50 > 0 THEN extract(isodow FROM moment)::integer - 1 END,
  CASE WHEN dice[6] % 7 > 0 THEN ${pick(DIFFICULTIES, 'dice[6] / 7')} END,
  CASE WHEN dice[7] % 10 > 0
    THEN (${array(ENGAGEMENT_LEVELS)}::"EngagementLevel"[])[1 + (dice[7] / 11 + CASE WHEN treated THEN 1 ELSE 0 END) % 3] END,
  CASE WHEN dice[8] % 4 > 0 THEN least(100, greatest(0,
    35 + (dice[5] % 31) + (dice[6] % 21) + person % 9 + CASE WHEN treated THEN 8 ELSE 0 END)) END,
  CASE WHEN dice[7] % 50 > 0 THEN extract(hour FROM moment)::integer END,
  CASE WHEN enrolled THEN phase END,
  CASE WHEN enrolled THEN 1000 + person * 7919 % 100000 END,
  CASE WHEN dice[8] % 5 < 2 THEN ${cuid("'context:' || person || ':' || dice[4] % 12")} END
FROM (
  SELECT *, phase LIKE 'intervention%' AND enrolled AS treated,
    jsonb_build_object('action', lower(type::text), 'duration_ms', 200 + dice[4] % 29800,
      'correct', CASE WHEN type::text LIKE '%INCORRECT' THEN false WHEN type::text LIKE '%CORRECT' THEN true ELSE dice[5] % 3 > 0 END,
      'tags', jsonb_build_array(${pick(TAGS, 'dice[6]')}, ${pick(TAGS, '1 + dice[6] + dice[6] / 6 % 5')})) AS data
  FROM (
    SELECT i, dice, person, person % 10 > 0 AS enrolled,
      ${pick(types, 'dice[3]')}::"EventType" AS type,
      ${pick(CONTENT_TYPES, 'dice[6] / 20')} AS content,
      ${pick(PHASES, `day * ${PHASES.length} / ${days}`)} AS phase,
      date_trunc('day', ${quoteLiteral(baseTime)}::timestamptz AT TIME ZONE 'UTC') + (day - ${days}) * interval '1 day'
        + (ARRAY[${HOURS.join(',')}])[1 + dice[2] % ${HOURS.length}] * interval '1 hour'
        + (dice[4]::bigint * 65536 + dice[5]) % 3600000000 * interval '1 microsecond' AS moment
    FROM (
      -- The square of an even chance: few people do most, in whole numbers, so that every server agrees.
      SELECT i, dice, (i - ${firstRow})::bigint * ${days} / ${rows} AS day,
        ((dice[1]::bigint * dice[1] * ${users}) >> 32)::integer AS person
      FROM (
        SELECT i, ARRAY[${Array.from({ length: 8 }, (_, k) => `get_byte(hash, ${2 * k}) * 256 + get_byte(hash, ${2 * k + 1})`).join(', ')}] AS dice
        FROM (SELECT i, decode(md5('dice:' || i), 'hex') AS hash FROM generate_series(${firstRow}, ${last}) AS i OFFSET 0) AS hashed
        OFFSET 0
      ) AS thrown
      OFFSET 0
    ) AS placed
    OFFSET 0
  ) AS told
  OFFSET 0
) AS events`;
}

/** 25 characters, `^c[a-z0-9]{24}$`: the MD5 of a text in letters and digits from all over base 36. */
function cuid(seed: string): string {
  const hash = `md5(${seed})`;
  return `'c' || translate(left(${hash}, 12), '0123456789abcdef', 'k3z9q7w1m5x8v2r0') || translate(right(${hash}, 12), '0123456789abcdef', 'j4t6h0p8n2y5g1s7')`;
}

/** An element of a list by a number that may be beyond its end. */
function pick(items: readonly string[], index: string): string {
  return `(${array(items)})[1 + ((${index}) % ${items.length})::integer]`;
}

function array(items: readonly string[]): string {
  return `ARRAY[${literals(items)}]`;
}

function literals(items: readonly string[]): string {
  return items.map(quoteLiteral).join(', ');
}
