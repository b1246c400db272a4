//! The reviews: whether a lead's latest word is yes, to exactly this content.

use std::collections::BTreeMap;

use super::{Facts, ValidationRules, allowed};
use crate::forge::types::{Account, AccountKind, CommitSha, PullRequest, Review, ReviewState, WorkflowRun};
use crate::model::validation::VALIDATION_VERSION;
use crate::model::{Reason, Role, Separation, Validation, Verdict};
use crate::render::record::{Block, Record, read};

/// The longest reason that the record shows, in characters.
const LONGEST_REASON: usize = 1_000;
/// How many commits with reviews are looked at, the latest ones.
const MOST_COMMITS: usize = 20;

/// The commits beside the head for which there are reviews: what the record was at each has to be known.
pub fn seen_commits(pull: &PullRequest) -> Vec<CommitSha> {
    let mut commits: Vec<CommitSha> = Vec::new();
    for commit in pull.reviews.iter().rev().filter_map(|review| review.commit.as_ref()) {
        let ours = pull.commits.iter().any(|other| other.sha == *commit);
        if ours && *commit != pull.head && !commits.contains(commit) && commits.len() < MOST_COMMITS {
            commits.push(commit.clone());
        }
    }
    commits
}

/// What everything about one approval is judged by.
struct ApprovalCase<'a> {
    facts: &'a Facts,
    rules: &'a ValidationRules,
    record: &'a Record,
    run: Option<&'a WorkflowRun>,
}

/// The validation that the reviews amount to, or why they do not.
pub(super) fn judge(
    facts: &Facts,
    rules: &ValidationRules,
    record: &Record,
    run: Option<&WorkflowRun>,
) -> Result<Validation, Reason> {
    let verdict = record.header.verdict;
    if fails(verdict) && !rules.accept_failed {
        return Err(Reason::NotAccepted { verdict });
    }
    let case = ApprovalCase { facts, rules, record, run };
    let latest = latest(&facts.pull.reviews);
    let (leads, others): (Vec<_>, Vec<_>) = latest.into_iter().partition(|(who, _)| case.is_lead(who));
    let said = |state: ReviewState| leads.iter().rev().filter(move |(_, review)| review.state == state);
    if let Some((who, _)) = said(ReviewState::ChangesRequested).next() {
        return Err(Reason::ChangesRequested { who: who.login.clone() });
    }
    let mut refused = None;
    // Who is in the record already comes first: another lead's approval is no reason to write it anew.
    let named = |who: &&(&Account, &Review)| case.block().is_some_and(|block| who.0.is(&block.lead));
    let approved: Vec<_> = said(ReviewState::Approved).copied().collect();
    let ordered = approved.iter().filter(named).chain(approved.iter().filter(|who| !named(who)));
    for (who, review) in ordered {
        match case.approval(who, review) {
            Ok(validation) => return Ok(validation),
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    if let Some(reason) = refused {
        return Err(reason);
    }
    if let Some((who, review)) = said(ReviewState::Dismissed).next() {
        return Err(case.dismissal(who, review));
    }
    let approved = others.iter().rev().find(|(_, review)| review.state == ReviewState::Approved);
    Err(match approved {
        Some((who, _)) if !case.is_person(who) => Reason::Bot { who: who.login.clone() },
        Some((who, _)) => Reason::NotALead { who: who.login.clone() },
        None => Reason::NoReview,
    })
}

/// The latest word of each account, the latest of all last. A comment is no word.
fn latest(reviews: &[Review]) -> Vec<(&Account, &Review)> {
    let mut latest: BTreeMap<String, (&Account, &Review)> = BTreeMap::new();
    for review in reviews.iter().filter(|review| review.state != ReviewState::Commented) {
        let Some(who) = &review.author else { continue };
        let slot = latest.entry(who.login.to_ascii_lowercase()).or_insert((who, review));
        if (&review.submitted_at, review.id) >= (&slot.1.submitted_at, slot.1.id) {
            *slot = (who, review);
        }
    }
    let mut latest: Vec<_> = latest.into_values().collect();
    latest.sort_by_key(|(_, review)| (&review.submitted_at, review.id));
    latest
}

/// Whether a record of this verdict needs a reason to be validated.
fn fails(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Passed | Verdict::Warned)
}

impl ApprovalCase<'_> {
    /// Where the forge vouches for nobody, it does not know persons from programs either.
    fn is_person(&self, who: &Account) -> bool {
        who.kind == AccountKind::User || !self.facts.vouched
    }

    /// A person whom the default branch's configuration names. Letters that only look like others are other
    /// letters.
    fn is_lead(&self, who: &Account) -> bool {
        self.is_person(who) && self.rules.leads.iter().any(|lead| who.is(lead))
    }

    fn block(&self) -> Option<&Validation> {
        match &self.record.below.as_ref()?.block {
            Block::Present(validation) => Some(validation),
            Block::Absent | Block::Broken => None,
        }
    }

    /// Whether the review was given for what the record says above the seal.
    fn same_content(&self, review: &Review) -> bool {
        let Some(commit) = &review.commit else { return false };
        *commit == self.facts.pull.head
            || self.facts.earlier.iter().any(|(earlier, text)| {
                earlier == commit && read(text).is_some_and(|record| record.digest == self.record.digest)
            })
    }

    fn approval(&self, who: &Account, review: &Review) -> Result<Validation, Reason> {
        if !self.same_content(review) {
            let commit = review.commit.as_ref().map(ToString::to_string);
            return Err(Reason::OtherContent { who: who.login.clone(), commit });
        }
        let separation = allowed(self.separation(who), &who.login, self.rules)?;
        // A second approval after a dismissal need not be written: the first one names the same content.
        let written = self.block().filter(|block| who.is(&block.lead)).and_then(|block| {
            let own = |other: &&Review| other.author.as_ref().is_some_and(|author| author.is(&who.login));
            let mut own = self.facts.pull.reviews.iter().filter(own);
            own.find(|other| other.id == block.review && self.same_content(other))
        });
        let reasoned = |review: &&Review| !fails(self.record.header.verdict) || reason(review).is_some();
        let review = written.filter(reasoned).or(Some(review).filter(reasoned));
        let Some(review) = review else {
            let verdict = self.record.header.verdict;
            return Err(Reason::NoReasonGiven { who: who.login.clone(), verdict });
        };
        Ok(self.validation(who, review, separation))
    }

    fn validation(&self, who: &Account, review: &Review, separation: Separation) -> Validation {
        let header = &self.record.header;
        Validation {
            version: VALIDATION_VERSION,
            lead: who.login.clone(),
            review: review.id,
            review_url: review.url.clone(),
            at: review.submitted_at.clone(),
            commit: review.commit.as_ref().map(ToString::to_string).unwrap_or_default(),
            digest: self.record.digest.clone(),
            run_url: header.run_url.clone().unwrap_or_default(),
            separation,
            reason: reason(review).filter(|_| fails(header.verdict)),
            vouched: self.facts.vouched,
        }
    }

    /// Whether a person took the approval back, or the forge because of a push.
    fn dismissal(&self, who: &Account, review: &Review) -> Reason {
        let login = who.login.clone();
        if review.dismissed_by.is_none() {
            return Reason::Dismissed { who: login };
        }
        if !self.same_content(review) {
            let commit = review.commit.as_ref().map(ToString::to_string);
            return Reason::OtherContent { who: login, commit };
        }
        let would_be = self.validation(who, review, self.separation(who));
        Reason::AskAgain { who: login, written: self.block() == Some(&would_be) }
    }

    /// The lead's part in the deployment.
    fn separation(&self, who: &Account) -> Separation {
        let is = |account: Option<&Account>| account.is_some_and(|account| account.is(&who.login));
        let tag = self.facts.tag.as_ref();
        let tagger = tag.and_then(|tag| tag.tagger.as_ref());
        if is(self.run.and_then(|run| run.actor.as_ref())) {
            Separation::Own(Role::Actor)
        } else if is(self.run.and_then(|run| run.triggering_actor.as_ref())) {
            Separation::Own(Role::TriggeringActor)
        } else if is(tagger) {
            Separation::Own(Role::Tagger)
        } else if who.is(&self.record.header.operator) {
            Separation::Own(Role::Operator)
        } else if tagger.is_none() && tag.is_some_and(|tag| tag.annotated) {
            Separation::TaggerUnknown
        } else {
            Separation::Separate
        }
    }
}

/// What a review says, on one line, as far as the record shows it.
fn reason(review: &Review) -> Option<String> {
    // Who may write to the repository may edit what others said; those are not the lead's words.
    let (author, editor) = (review.author.as_ref(), review.editor.as_ref());
    if editor.is_some_and(|editor| !author.is_some_and(|author| author.is(&editor.login))) {
        return None;
    }
    let text = review.body.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = text.chars().take(LONGEST_REASON).collect();
    Some(cut).filter(|text| !text.is_empty())
}
