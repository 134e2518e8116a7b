import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Absolute path of the certificate, which is its own authority. */
  readonly file: string;
}

/** A certificate for one name, signed by nobody else. */
export async function certificate(folder: string, name: string): Promise<Certificate> {
  const [file, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await execa('openssl', ['req', '-x509', ...curve, '-nodes', ...subject, '-keyout', keyFile, '-out', file]);
  return { cert: await readFile(file, 'utf8'), key: await readFile(keyFile, 'utf8'), file };
}
