import ignore from "ignore";

/** Files that are made to hold keys and passwords, by their names. */
const NAMES = `
.env
.env.*
!.env.example
!.env.sample
!.env.template
*.pem
*.key
*.p12
*.pfx
*.jks
*.keystore
*.kdbx
id_rsa
id_dsa
id_ecdsa
id_ed25519
.npmrc
.pypirc
.netrc
.pgpass
.htpasswd
.git-credentials
.aws/credentials
.docker/config.json
.kube/config
credentials.json
secrets.json
secrets.y*ml
service-account*.json
terraform.tfstate
terraform.tfstate.*
`;

const secretNames = ignore().add(NAMES);

/** Such a file is shown to no model. */
export function holdsSecrets(path: string): boolean {
  return secretNames.ignores(path);
}
