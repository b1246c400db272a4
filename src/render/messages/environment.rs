//! Section 7: what is compared, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::EnvironmentSubject;

impl Lang {
    /// The load, in the first column of the section's table.
    pub(crate) fn load(self) -> &'static str {
        self.pick("Charge", "Load")
    }

    pub(super) fn environment_subject(self, what: &EnvironmentSubject, code: Code) -> String {
        match what {
            EnvironmentSubject::Container => self.pick("conteneur", "container").to_owned(),
            EnvironmentSubject::Health => self.pick("santé du conteneur", "container's health").to_owned(),
            EnvironmentSubject::Restarts => self.pick("redémarrages", "restarts").to_owned(),
            EnvironmentSubject::Image => self.pick("empreinte de l'image", "image digest").to_owned(),
            EnvironmentSubject::Variable(name) => code(name),
            EnvironmentSubject::Disk(path) => format!("{} {}", self.pick("disque", "disk"), code(path)),
            EnvironmentSubject::Load(over) => {
                format!("{} {}", self.pick("charge moyenne sur", "load average over"), code(over))
            }
            EnvironmentSubject::ClockSkew => self.pick("écart d'horloge (ms)", "clock skew (ms)").to_owned(),
            EnvironmentSubject::ExitStatus => self.pick("code de sortie", "exit status").to_owned(),
            EnvironmentSubject::Output => self.pick("sortie", "output").to_owned(),
        }
    }

    pub(super) fn environment_remedy(self, what: &EnvironmentSubject) -> &'static str {
        match what {
            EnvironmentSubject::Container | EnvironmentSubject::Health => self.pick(
                "lire `docker logs` et l'état du conteneur sur l'hôte",
                "read `docker logs` and the container's state on the host",
            ),
            EnvironmentSubject::Restarts => self.pick(
                "le conteneur redémarre\u{a0}: lire `docker logs` d'avant le dernier démarrage",
                "the container keeps restarting: read `docker logs` from before the last start",
            ),
            EnvironmentSubject::Image => self.pick(
                "une autre image tourne\u{a0}: vérifier ce que le déploiement a tiré et lancé",
                "another image runs: see what the deployment pulled and started",
            ),
            EnvironmentSubject::Variable(_) => self.pick(
                "corriger la variable là où le conteneur est défini, puis le recréer",
                "mend the variable where the container is defined, then create it anew",
            ),
            EnvironmentSubject::Disk(_) => self.pick(
                "libérer de la place (anciennes images, journaux, sauvegardes) avant que l'hôte ne s'arrête",
                "free some space (old images, logs, backups) before the host stops",
            ),
            EnvironmentSubject::Load(_) => self
                .pick("chercher avec `top` ce qui occupe l'hôte", "see with `top` what keeps the host busy"),
            EnvironmentSubject::ClockSkew => self.pick(
                "vérifier la synchronisation NTP de l'hôte",
                "see whether the host's clock is kept by NTP",
            ),
            EnvironmentSubject::ExitStatus | EnvironmentSubject::Output => self.pick(
                "rejouer la commande sur l'hôte et lire tout ce qu'elle affiche",
                "run the command on the host and read all that it prints",
            ),
        }
    }
}
