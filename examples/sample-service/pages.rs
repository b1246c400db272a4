//! The HTML that the service answers with.

/// The public pages by path: title, and what stands in the body.
const PUBLIC: &[(&str, &str, &str)] = &[
    ("/", "Nexus Réussite", "<p>Soutien scolaire et préparation au baccalauréat.</p>"),
    (
        "/bilan-gratuit",
        "Bilan gratuit",
        "<form action=\"/api/assessments/submit\"><button>Commencer</button></form>",
    ),
    (
        "/auth/signin",
        "Connexion",
        "<form><input name=\"email\"><input name=\"password\" type=\"password\"><button>Connexion</button></form>",
    ),
];

/// A public page.
pub(crate) fn public(path: &str) -> Option<String> {
    PUBLIC.iter().find(|(own, ..)| *own == path).map(|(_, title, body)| page(title, body))
}

/// A page in the application's frame.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1>{body}</main><script id=\"__NEXT_DATA__\" type=\"application/json\">\
         {{\"page\":\"{title}\"}}</script></body></html>"
    )
}

/// The form of `/login`. `token` is hex.
pub(crate) fn login_form(token: &str, message: &str) -> String {
    page(
        "Se connecter",
        &format!(
            "<p>{message}</p><form method=\"post\" action=\"/login\">\
             <input type=\"hidden\" name=\"_csrf\" value=\"{token}\">\
             <input name=\"email\"><input name=\"password\" type=\"password\">\
             <button>Entrer</button></form>"
        ),
    )
}

/// Next.js' own page for what is not there.
pub(crate) fn not_found() -> String {
    page("404", "<p>This page could not be found.</p>")
}

/// What a web application firewall shows: nothing of the application.
pub(crate) const FIREWALL: &str = "<html><head><title>Request Rejected</title></head><body>\
     The requested URL was rejected. Please consult with your administrator. \
     Your support ID is: 4417592106733712</body></html>";

/// What Cloudflare shows to what it takes for a robot.
pub(crate) const CHALLENGE: &str = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title>\
     </head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>";
