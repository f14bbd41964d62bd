// Certificates for tests, made with openssl: an authority, and who it vouches for.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const HAS_OPENSSL = spawnSync("openssl", ["version"]).error === undefined;

function openssl(folder: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority in a folder. */
export class Authority {
  /** Its own certificate. [path] */
  readonly ca: string;
  readonly #folder: string;
  readonly #name: string;
  /** One for all parties: making RSA keys takes time. [path] */
  readonly #key: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.ca = join(folder, `${name}.pem`);
    this.#key = join(folder, `${name}-parties.key`);
    openssl(folder, ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`]);
    openssl(folder, ["genrsa", "-out", this.#key, "2048"]);
  }

  /**
   * Makes a certificate.
   * @param host name that a server is called by
   * @param days how long it is valid from now on; below 0 it has expired
   */
  issue(commonName: string, { file = commonName, host, days = 2 }: { file?: string; host?: string; days?: number } = {}): Identity {
    openssl(this.#folder, ["req", "-new", "-key", this.#key, "-subj", `/CN=${commonName}`, "-out", `${file}.csr`]);
    writeFileSync(join(this.#folder, `${file}.ext`), host === undefined ? "" : `subjectAltName=DNS:${host}\n`);
    openssl(this.#folder, [
      "x509", "-req", "-in", `${file}.csr`, "-CA", `${this.#name}.pem`, "-CAkey", `${this.#name}.key`, "-days", String(days), "-extfile", `${file}.ext`, "-out", `${file}.pem`,
    ]);
    return { cert: join(this.#folder, `${file}.pem`), key: this.#key };
  }
}
