//! Section 5: what is compared, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::SmokeSubject;

impl Lang {
    pub(super) fn smoke_subject(self, what: &SmokeSubject, code: Code) -> String {
        match what {
            SmokeSubject::Status => self.pick("statut", "status").to_owned(),
            SmokeSubject::Header(name) => format!("{} {}", self.pick("en-tête", "header"), code(name)),
            SmokeSubject::Body => self.pick("corps", "body").to_owned(),
            SmokeSubject::Json(path) => format!("JSON {}", code(path)),
            SmokeSubject::ResponseTime => self.pick("temps de réponse", "response time").to_owned(),
            SmokeSubject::Redirect => self.pick("redirection", "redirect").to_owned(),
            SmokeSubject::CertificateDays => {
                self.pick("jours de validité du certificat", "certificate's days left").to_owned()
            }
            SmokeSubject::Identity(path) => format!("{} {}", self.pick("identité", "identity"), code(path)),
            SmokeSubject::Login => self.pick("refus de la connexion", "the login's refusal").to_owned(),
            SmokeSubject::Access => self.pick("accès", "access").to_owned(),
        }
    }

    pub(super) fn smoke_remedy(self, what: &SmokeSubject) -> &'static str {
        match what {
            SmokeSubject::Status => self.pick(
                "rejouer la commande, puis lire le journal de l'application à cette heure",
                "replay the command, then read the application's log at that time",
            ),
            SmokeSubject::Header(_) => self.pick(
                "comparer les en-têtes de l'application et du serveur mandataire avec la configuration",
                "compare the headers of the application and of the proxy with the configuration",
            ),
            SmokeSubject::Body => self.pick(
                "ouvrir la page : le contenu a changé, ou une autre version répond",
                "open the page: its content changed, or another version answers",
            ),
            SmokeSubject::Json(_) => self.pick(
                "rejouer la commande et comparer la réponse avec ce que la version déployée doit donner",
                "replay the command and compare the answer with what the deployed version should give",
            ),
            SmokeSubject::ResponseTime => self.pick(
                "regarder la charge de l'hôte et de la base, puis relancer ; relever la limite si elle est trop stricte",
                "look at the load of the host and the database, then run again; raise the limit if it is too strict",
            ),
            SmokeSubject::Redirect => self.pick(
                "vérifier l'adresse de base, le serveur mandataire et la session attendue",
                "check the base URL, the proxy and the session that is expected",
            ),
            SmokeSubject::CertificateDays => self.pick(
                "renouveler le certificat, et vérifier que son renouvellement automatique fonctionne",
                "renew the certificate, and see that its automatic renewal works",
            ),
            SmokeSubject::Identity(_) => self.pick(
                "vérifier le compte utilisé et son rôle en base",
                "check the account that is used, and its role in the database",
            ),
            SmokeSubject::Login => self.pick(
                "vérifier l'adresse et le mot de passe donnés en secret, puis que ce compte existe en production",
                "check the name and the password that are given as secrets, then that the account exists in production",
            ),
            SmokeSubject::Access => self.pick(
                "revoir la règle d'accès de ce point d'accès pour ce rôle avant toute autre chose",
                "review the access rule of this endpoint for this role before anything else",
            ),
        }
    }
}
