import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A secret as it rests: AES-256-GCM, the 16-byte tag at the end of the ciphertext. */
export interface Sealed {
  /** Which key of the keyring sealed it. */
  keyId: string;
  nonce: Buffer;
  ciphertext: Buffer;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** The nonce length that GCM is defined for; random ones are safe far beyond 2^32 secrets a key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The keys that secrets are sealed with: the first seals, all of them open. */
export class Keyring {
  readonly activeKeyId: string;
  private readonly keys: ReadonlyMap<string, Buffer>;

  /** `keys`: id → 32 bytes, the active one first. Throws on an empty ring or a key of another length. */
  constructor(keys: ReadonlyMap<string, Buffer>) {
    const [activeKeyId] = keys.keys();
    if (activeKeyId === undefined) throw new Error('a keyring needs at least one key');
    for (const [keyId, key] of keys) {
      if (key.length !== KEY_BYTES)
        throw new Error(`key ${keyId} must have ${KEY_BYTES} bytes, has ${key.length}`);
    }
    this.activeKeyId = activeKeyId;
    this.keys = keys;
  }

  /** From settings: `id:base64[,id:base64…]`, the active key first. The message of what it throws shows no key. */
  static parse(text: string): Keyring {
    const pairs = text.split(',').map((pair): [string, Buffer] => {
      const [, keyId, key] = /^\s*([\w.-]+):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(pair) ?? [];
      if (keyId === undefined || key === undefined) {
        throw new Error('a keyring is written as id:base64[,id:base64…], the active key first');
      }
      return [keyId, Buffer.from(key, 'base64')];
    });
    const keys = new Map(pairs);
    if (keys.size !== pairs.length) throw new Error('a keyring names each key once');
    return new Keyring(keys);
  }

  /** `context` is bound to the result: it opens under the same one only. */
  seal(secret: string, context: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key(this.activeKeyId), nonce);
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId: this.activeKeyId, nonce, ciphertext };
  }

  /** Throws when the key is not on the ring, or when anything, context included, is not as it was sealed. */
  open({ keyId, nonce, ciphertext }: Sealed, context: string): string {
    const tagAt = ciphertext.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, this.key(keyId), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(ciphertext.subarray(tagAt));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, tagAt)), decipher.final()]).toString('utf8');
  }

  private key(keyId: string): Buffer {
    const key = this.keys.get(keyId);
    if (key === undefined) throw new Error(`key ${keyId} is not on the keyring`);
    return key;
  }
}
