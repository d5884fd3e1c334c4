import { createPrivateKey, type KeyObject } from 'node:crypto';
import { BadConfig } from '../../../errors/bad-config.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { accessTrouble } from '../../../machine/access-trouble.ts';
import { readSecretFile } from '../../../machine/too-open.ts';
import type { SalesforceConfig } from './settings.ts';

/** What the service logs in to all organizations with. */
export interface AppKey {
  /** The app, if it is the same in all organizations. Salesforce calls it the consumer key. */
  readonly clientId: string | null;
  readonly privateKey: KeyObject;
}

/** Salesforce takes no shorter ones. */
const LEAST_BITS = 2_048;

const MAKE_ONE =
  '`openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=imports -keyout salesforce.key -out salesforce.crt` makes one, with the certificate to upload';

/**
 * The app's key, from the file that the settings name; null: none is set. It is read once, at the start.
 * @throws {BadConfig} it cannot be used, and what to do
 */
export function appKey({ salesforceClientId, salesforcePrivateKeyFile }: SalesforceConfig): AppKey | null {
  if (salesforcePrivateKeyFile === null) return null;
  const privateKey = keyIn(read(salesforcePrivateKeyFile), salesforcePrivateKeyFile);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa') {
    throw refused(
      salesforcePrivateKeyFile,
      `holds a key of type ${privateKey.asymmetricKeyType}, and Salesforce takes only RSA keys`,
    );
  }
  if (bits < LEAST_BITS) {
    throw refused(
      salesforcePrivateKeyFile,
      `holds an RSA key of ${bits} bits, and Salesforce takes ${LEAST_BITS} or more`,
    );
  }
  return { clientId: salesforceClientId, privateKey };
}

function read(file: string): string {
  try {
    return readSecretFile(file);
  } catch (error) {
    throw refused(file, `cannot be used: ${accessTrouble([file], true) ?? reasonOf(error)}`, '');
  }
}

function keyIn(pem: string, file: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw refused(file, 'is encrypted with a passphrase: `openssl pkey -in FILE -out NEW` takes it off', '');
  }
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it helps nobody.
    throw refused(file, 'holds no private key in PEM');
  }
}

function refused(file: string, what: string, doThis = `: ${MAKE_ONE}`): BadConfig {
  return new BadConfig([`SALESFORCE_PRIVATE_KEY_FILE: ${file} ${what}${doThis}`]);
}
