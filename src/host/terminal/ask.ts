import { createInterface } from 'node:readline/promises';

/** One question at a terminal, on stderr; an empty answer is none. */
export async function ask(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await terminal.question(`${question} `)).trim();
    return answer === '' ? undefined : answer;
  } finally {
    terminal.close();
  }
}
