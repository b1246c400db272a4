//! Why the gate could not tell: what happened, and what to do next.

use super::Lang;
use crate::model::CauseCode;

impl Lang {
    #[expect(clippy::too_many_lines, reason = "one arm a code, in one place")]
    pub(crate) fn cause(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::Dns => {
                self.pick("le nom de l'hôte est introuvable", "the host's name could not be resolved")
            }
            CauseCode::Refused => {
                self.pick("l'hôte a refusé la connexion", "the host refused the connection")
            }
            CauseCode::Unreachable => self.pick("l'hôte est injoignable", "the host cannot be reached"),
            CauseCode::Timeout => self.pick("pas de réponse dans le délai", "no answer within the deadline"),
            CauseCode::Reset => self.pick("la connexion a été coupée", "the connection was cut"),
            CauseCode::CertificateExpired => self.pick(
                "le certificat a expiré, ou n'est pas encore valide",
                "the certificate has expired, or is not valid yet",
            ),
            CauseCode::CertificateUnknownIssuer => self.pick(
                "le certificat ne vient pas d'une autorité connue",
                "the certificate was not issued by a known authority",
            ),
            CauseCode::CertificateName => {
                self.pick("le certificat est pour un autre nom", "the certificate is for another name")
            }
            CauseCode::Tls => self.pick("la négociation TLS a échoué", "the TLS handshake failed"),
            CauseCode::Protocol => {
                self.pick("la réponse n'est pas du HTTP valide", "the answer is not valid HTTP")
            }
            CauseCode::TooLarge => self.pick(
                "la réponse dépasse la limite de taille, et ce qui est cherché n'est pas dans la partie lue",
                "the answer is over the size limit, and what was asked for is not in the part that was read",
            ),
            CauseCode::BotProtection => self.pick(
                "une protection contre les robots a répondu à la place de l'application",
                "bot protection answered in place of the application",
            ),
            CauseCode::RateLimited => self.pick(
                "le service limite le débit (429), même après l'attente demandée",
                "the service limits the rate (429), even after the wait it asked for",
            ),
            CauseCode::Unavailable => self.pick(
                "le service se dit indisponible (503), même après l'attente demandée",
                "the service says it is unavailable (503), even after the wait it asked for",
            ),
            CauseCode::NoControl => self.pick(
                "refusé, mais rien ne montre que le refus vient de l'application",
                "denied, but nothing shows that the denial is the application's own",
            ),
            CauseCode::Login => self.pick(
                "la connexion n'a pas donné la session attendue",
                "the login did not give the expected session",
            ),
            CauseCode::Capture => self.pick(
                "la valeur à retenir n'est pas dans la réponse",
                "the value to capture is not in the answer",
            ),
            CauseCode::ShortSecret => self.pick(
                "un secret retenu est trop court pour être masqué sans risque",
                "a captured secret is too short to be masked safely",
            ),
            CauseCode::Git => self.pick("git n'a pas pu répondre", "git could not answer"),
            CauseCode::ShallowClone => self.pick(
                "le clone est superficiel et n'a pas pu être complété",
                "the clone is shallow and could not be deepened",
            ),
            CauseCode::NoCommit => self.pick(
                "le commit attendu en production n'est pas connu",
                "the commit that production should run is not known",
            ),
            CauseCode::File => {
                self.pick("un fichier n'a pu être lu ou écrit", "a file could not be read or written")
            }
            CauseCode::HostKeyChanged => self.pick(
                "la clé SSH de l'hôte n'est pas celle qui est connue",
                "the host's SSH key is not the one that is known",
            ),
            CauseCode::HostKeyUnknown => {
                self.pick("la clé SSH de l'hôte n'est pas connue", "the host's SSH key is not known")
            }
            CauseCode::SshAuth => self.pick("l'hôte a refusé la clé SSH", "the host refused the SSH key"),
            CauseCode::Ssh => self.pick("la connexion SSH a échoué", "the SSH connection failed"),
            CauseCode::HostCommand => self.pick(
                "la commande n'a pas pu être exécutée sur l'hôte",
                "the command could not be run on the host",
            ),
            CauseCode::CommandMissing => self.pick(
                "un programme nécessaire n'est pas installé",
                "a program that is needed is not installed",
            ),
            CauseCode::GitOwnership => self.pick(
                "git se méfie d'un dépôt qui appartient à un autre utilisateur",
                "git does not trust a work tree that belongs to another user",
            ),
            CauseCode::Docker => {
                self.pick("Docker n'a pas pu répondre sur l'hôte", "Docker on the host could not answer")
            }
            CauseCode::DockerAccess => {
                self.pick("Docker refuse cet utilisateur de l'hôte", "Docker on the host refuses this user")
            }
            CauseCode::NoContainer => self.pick("ce conteneur n'existe pas", "there is no such container"),
            CauseCode::ContainerState => self.pick(
                "le conteneur n'est pas en état de répondre",
                "the container is not in a state to answer",
            ),
            CauseCode::DatabasePassword
            | CauseCode::DatabaseLogin
            | CauseCode::NoDatabase
            | CauseCode::DatabaseAccess
            | CauseCode::DatabaseBusy
            | CauseCode::DatabaseProtocol
            | CauseCode::NoTls
            | CauseCode::Query
            | CauseCode::QueryCancelled
            | CauseCode::QueryWrites
            | CauseCode::CommitUnknown => self.database_cause(code),
            CauseCode::MigrationsFolder => self.pick(
                "le dossier des migrations du commit déployé n'a pas pu être lu",
                "the migrations folder of the deployed commit could not be read",
            ),
            CauseCode::MigrationsRunning => self.pick(
                "des migrations sont en cours d'application en ce moment",
                "migrations are being applied at this moment",
            ),
            CauseCode::ScratchMissing
            | CauseCode::ScratchMajor
            | CauseCode::ScratchServer
            | CauseCode::ScratchProduction
            | CauseCode::ScratchExtension
            | CauseCode::Replay => self.scratch_cause(code),
            CauseCode::RunDeadline => self.pick(
                "le délai de toute l'exécution était dépassé",
                "the deadline of the whole run had passed",
            ),
            CauseCode::Interrupted => self.pick("l'exécution a été interrompue", "the run was interrupted"),
            CauseCode::Internal => {
                self.pick("prod-gate lui-même est en défaut", "prod-gate itself is at fault")
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm a code, in one place")]
    pub(crate) fn next(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::Dns => self.pick(
                "vérifier l'adresse dans la configuration, puis le DNS depuis la machine qui exécute prod-gate",
                "check the address in the configuration, then DNS from the machine that runs prod-gate",
            ),
            CauseCode::Refused => self.pick(
                "vérifier que le service tourne et écoute sur ce port",
                "see that the service runs and listens on this port",
            ),
            CauseCode::Unreachable => self.pick(
                "vérifier le réseau et le pare-feu entre cette machine et la production",
                "check the network and the firewall between this machine and production",
            ),
            CauseCode::Timeout => self.pick(
                "rejouer la commande ; si le service est lent mais sain, relever le délai de la vérification",
                "replay the command; if the service is slow but healthy, raise the check's deadline",
            ),
            CauseCode::Reset => self.pick(
                "lire le journal du service et du serveur mandataire, puis relancer",
                "read the logs of the service and of the proxy, then run again",
            ),
            CauseCode::CertificateExpired => self.pick(
                "renouveler le certificat ; vérifier l'horloge de cette machine",
                "renew the certificate; check this machine's clock",
            ),
            CauseCode::CertificateUnknownIssuer => self.pick(
                "installer la chaîne complète, ou faire confiance à l'autorité par SSL_CERT_FILE ; pour une base, par `database.ca`",
                "install the full chain, or trust the authority through SSL_CERT_FILE; for a database, through `database.ca`",
            ),
            CauseCode::CertificateName => self.pick(
                "corriger l'adresse, ou ajouter ce nom au certificat",
                "correct the address, or add this name to the certificate",
            ),
            CauseCode::Tls => self.pick(
                "essayer avec curl -v ; le serveur doit parler TLS 1.2 ou 1.3",
                "try with curl -v; the server must speak TLS 1.2 or 1.3",
            ),
            CauseCode::Protocol => self.pick(
                "vérifier que l'adresse mène à un serveur HTTP et pas à un autre service",
                "see that the address leads to an HTTP server and not to another service",
            ),
            CauseCode::TooLarge => self.pick(
                "viser une adresse plus précise, ou relever la limite de taille",
                "aim at a more precise address, or raise the size limit",
            ),
            CauseCode::BotProtection => self.pick(
                "laisser passer prod-gate : en-tête secret reconnu par le pare-feu, ou adresse autorisée",
                "let prod-gate through: a secret header that the firewall knows, or an allowed address",
            ),
            CauseCode::RateLimited => self.pick(
                "baisser `limits.rate` ou `limits.in_flight`, puis relancer",
                "lower `limits.rate` or `limits.in_flight`, then run again",
            ),
            CauseCode::Unavailable => self.pick(
                "attendre la fin de la maintenance, puis relancer",
                "wait until the maintenance is over, then run again",
            ),
            CauseCode::NoControl => self.pick(
                "ajouter un rôle autorisé sur ce point d'accès, ou une marque de l'application à reconnaître",
                "add a role that is allowed on this endpoint, or a marker of the application to recognise",
            ),
            CauseCode::Login => self.pick(
                "vérifier le compte, ses secrets et la forme de connexion configurée",
                "check the account, its secrets and the kind of login that is configured",
            ),
            CauseCode::Capture => self.pick(
                "comparer le chemin JSONPath de `capture` avec la réponse réelle",
                "compare the JSONPath of `capture` with the real answer",
            ),
            CauseCode::ShortSecret => self.pick(
                "utiliser une valeur d'au moins 8 caractères, ou l'accepter par `allow_short`",
                "use a value of at least 8 characters, or accept it with `allow_short`",
            ),
            CauseCode::Git => self.pick(
                "vérifier que git est installé et que ce dossier est un dépôt",
                "see that git is installed and that this folder is a repository",
            ),
            CauseCode::ShallowClone => self.pick(
                "donner `fetch-depth: 0` à actions/checkout",
                "give `fetch-depth: 0` to actions/checkout",
            ),
            CauseCode::NoCommit => self.pick(
                "vérifier `--tag` ou `--commit`, que cela a été poussé, et lancer depuis un clone du dépôt",
                "check `--tag` or `--commit`, that it was pushed, and run from a clone of the repository",
            ),
            CauseCode::File => self.pick(
                "vérifier le chemin, les droits et la place sur le disque",
                "check the path, the permissions and the space on the disk",
            ),
            CauseCode::HostKeyChanged => self.pick(
                "comparer l'empreinte avec celle de l'hôte ; si le changement est voulu, remplacer la ligne de known_hosts, sinon ne pas se connecter",
                "compare the fingerprint with the host's own; if the change is meant, replace the line of known_hosts, else do not connect",
            ),
            CauseCode::HostKeyUnknown => self.pick(
                "ajouter à known_hosts la clé de l'hôte, après l'avoir comparée sur l'hôte lui-même",
                "add the host's key to known_hosts, after comparing it on the host itself",
            ),
            CauseCode::SshAuth => self.pick(
                "vérifier l'utilisateur, la clé donnée et le fichier authorized_keys de l'hôte",
                "check the user, the key that is given and the host's authorized_keys",
            ),
            CauseCode::Ssh => self.pick(
                "essayer la même destination avec `ssh -v` depuis cette machine",
                "try the same destination with `ssh -v` from this machine",
            ),
            CauseCode::HostCommand => self.pick(
                "rejouer la commande ; vérifier le shell de l'utilisateur et ses droits sur l'hôte",
                "replay the command; check the user's login shell and permissions on the host",
            ),
            CauseCode::CommandMissing => self.pick(
                "installer ce programme, ou vérifier le PATH d'une session sans terminal",
                "install this program, or check the PATH of a session without a terminal",
            ),
            CauseCode::GitOwnership => self.pick(
                "sur l'hôte, avec le même utilisateur : `git config --global --add safe.directory DOSSIER`",
                "on the host, as the same user: `git config --global --add safe.directory FOLDER`",
            ),
            CauseCode::Docker => self.pick(
                "vérifier sur l'hôte que le service tourne : `docker info`",
                "see on the host that the service runs: `docker info`",
            ),
            CauseCode::DockerAccess => self.pick(
                "donner à l'utilisateur le droit d'appeler docker (groupe `docker`, ou une règle sudo limitée), puis ouvrir une nouvelle session",
                "let the user call docker (the group `docker`, or a narrow sudo rule), then open a new session",
            ),
            CauseCode::NoContainer => self.pick(
                "vérifier le nom avec `docker ps --all` sur l'hôte",
                "check the name with `docker ps --all` on the host",
            ),
            CauseCode::ContainerState => self.pick(
                "voir l'état et le journal : `docker ps --all`, `docker logs`",
                "see its state and its log: `docker ps --all`, `docker logs`",
            ),
            CauseCode::DatabasePassword
            | CauseCode::DatabaseLogin
            | CauseCode::NoDatabase
            | CauseCode::DatabaseAccess
            | CauseCode::DatabaseBusy
            | CauseCode::DatabaseProtocol
            | CauseCode::NoTls
            | CauseCode::Query
            | CauseCode::QueryCancelled
            | CauseCode::QueryWrites
            | CauseCode::CommitUnknown => self.database_next(code),
            CauseCode::MigrationsFolder => self.pick(
                "vérifier `migrations.dir`\u{a0}: le dossier de Prisma, depuis la racine du dépôt, au commit déployé",
                "check `migrations.dir`: Prisma's folder, from the root of the repository, at the deployed commit",
            ),
            CauseCode::MigrationsRunning => self.pick(
                "attendre la fin de `prisma migrate deploy`, puis relancer",
                "wait until `prisma migrate deploy` has ended, then run again",
            ),
            CauseCode::ScratchMissing
            | CauseCode::ScratchMajor
            | CauseCode::ScratchServer
            | CauseCode::ScratchProduction
            | CauseCode::ScratchExtension
            | CauseCode::Replay => self.scratch_next(code),
            CauseCode::RunDeadline => self.pick(
                "relever `limits.deadline`, ou chercher ce qui a pris le temps dans la chronologie",
                "raise `limits.deadline`, or see in the timeline what took the time",
            ),
            CauseCode::Interrupted => {
                self.pick("relancer : rien n'a été jugé ici", "run again: nothing was judged here")
            }
            CauseCode::Internal => self.pick(
                "relancer ; si cela se répète, signaler le défaut avec report.json",
                "run again; if it happens again, report the bug with report.json",
            ),
        }
    }
}
