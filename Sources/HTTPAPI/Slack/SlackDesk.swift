import Access
package import Events
import GatehouseCore
import Gates
import Logging
import Promotions
package import Secrets
import Storage

/// What people do in Slack, done as the user they are linked to. Everything is decided by `ReviewService`, as through every
/// other door: Slack adds who it is, and takes nothing away.
package struct SlackDesk: Sendable {
    /// How long an answer that Slack did not take is held back before the next attempt.
    static let answerPauses: [Duration] = [.seconds(2), .seconds(10)]

    let services: APIServices
    let api: SlackAPI
    let secret: SlackSigningSecret
    let queue = SlackQueue()
    let answers = SlackAnswers()

    package init(_ services: APIServices, api: SlackAPI, secret: SlackSigningSecret) {
        self.services = services
        self.api = api
        self.secret = secret
    }

    /// Remembers a request. Fails with `conflict` for the very bytes that were here before.
    func isNew(signature: String, key: String) async throws -> Bool {
        let now = services.now()
        switch try await services.store.write({ tx in try tx.admitSlackRequest(signature: signature, key: key, at: now) }) {
        case .new: return true
        case .repeated: return false
        case .replayed:
            throw GatehouseError(
                .conflict, "This request was here before, with this very signature.",
                hint: "Slack signs every attempt anew; somebody else sent this one again.")
        }
    }
}

// MARK: - After the acknowledgement

extension SlackDesk {
    func perform(_ job: SlackJob, _ logger: Logger) async {
        switch job {
        case .command(let command, let identity, let trigger, let responseURL):
            let said = await words(logger) { try await run(command, identity, trigger: trigger) }
            await tell(said, responseURL, logger)
        case .pressed(let action, let identity, let review, let isInWindow, let trigger, let responseURL):
            let said = await words(logger) { try await run(action, identity, review: review, trigger: trigger) }
            guard let said else { return }
            guard isInWindow else { return await tell(said, responseURL, logger) }
            let call: JSONValue = [
                "trigger_id": .string(trigger),
                "view": SlackForms.notice("Gatehouse", said.split(separator: "\n").map(String.init)),
            ]
            _ = await api.call("views.push", call)
        }
    }

    /// What there is to say; nil: a window said it.
    private func words(_ logger: Logger, _ body: () async throws -> String?) async -> String? {
        do { return try await body() } catch let error as GatehouseError {
            if error.code.httpStatus >= 500 {
                logger.error(
                    "a request of Slack's failed",
                    metadata: ["error": "\(error.message)", "cause": "\(error.cause.map { "\($0)" } ?? "none")"])
            }
            return error.description
        } catch {
            logger.error("a request of Slack's failed", metadata: ["error": "\(error)"])
            return "Gatehouse failed; its log says why."
        }
    }

    private func tell(_ text: String?, _ responseURL: String, _ logger: Logger) async {
        guard let text else { return }
        var pauses = Self.answerPauses[...]
        while true {
            let answer = await api.respond(SlackText.escaped(text), to: responseURL)
            switch answer {
            case .done: return
            case .unknown, .later, .unsent, .refused:
                guard !answer.isFinal, let pause = pauses.popFirst() else {
                    logger.warning("Slack did not take an answer", metadata: ["error": "\(answer.words)"])
                    return
                }
                // When the server ends meanwhile, the last attempt comes sooner.
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func run(_ command: SlackCommand, _ identity: SlackIdentity, trigger: String) async throws -> String? {
        switch command {
        case .link(let code):
            let user = try await services.accounts.linkSlack(identity, code: code)
            return "Linked: what you do here, the user '\(user.name)' of Gatehouse does."
        case .approve(let model, let version, let token):
            let caller = try await caller(identity)
            let review = try await review(of: model, version, asked: caller)
            guard let token else { return try await open(review.id, caller, trigger: trigger) }
            let approved = try await services.reviews.approve(review.id, token: token, by: caller)
            return try await outcome(of: approved, "Approved")
        case .reject(let model, let version, let reason):
            let caller = try await caller(identity)
            let review = try await review(of: model, version, asked: caller)
            let rejected = try await services.reviews.reject(review.id, reason: reason, by: caller)
            return try await outcome(of: rejected, "Rejected")
        }
    }

    private func run(
        _ action: SlackForms.Action, _ identity: SlackIdentity, review id: String, trigger: String
    ) async throws -> String? {
        let caller = try await caller(identity)
        switch action {
        case .answer: return try await open(id, caller, trigger: trigger)
        case .reject:
            let review = try await services.store.read { tx in try tx.requiredReview(id) }
            guard review.reviewer == caller.principal else { throw ReviewMachine.Refusal.notTheReviewer.error(review) }
            return try await show(
                SlackForms.rejection(review: id, subject: "\(review.model) v\(review.version)"), by: "views.open", trigger)
        case .panel(let name):
            guard let panel = Review.Panel(rawValue: name) else {
                throw GatehouseError(.invalidArgument, "There is no panel '\(name.prefix(80))'.")
            }
            let evidence = try await services.reviews.recordEvidence(id, panel, by: caller)
            return try await show(SlackForms.notice(evidence.title, evidence.lines), by: "views.push", trigger)
        }
    }

    /// Starts the reviewer's clock and shows the questionnaire.
    private func open(_ id: String, _ caller: Caller, trigger: String) async throws -> String? {
        let review = try await services.reviews.open(id, by: caller)
        guard let view = try questionnaire(of: review).view else {
            throw GatehouseError(
                .tooLarge, "The questionnaire of \(id) does not fit into a window of Slack.",
                hint: "Answer it there: gatehouse review answer \(id) --form")
        }
        return try await show(view, by: "views.open", trigger)
    }

    private func show(_ view: JSONValue, by method: String, _ trigger: String) async throws -> String? {
        switch await api.call(method, ["trigger_id": .string(trigger), "view": view]) {
        case .done: return nil
        case .refused(let word), .unsent(let word), .unknown(let word):
            return "Slack did not show the window (\(word)). Try again, or use the command line: gatehouse review list --mine"
        case .later: return "Slack asks for patience. Try again in a minute."
        }
    }
}

// MARK: - What is behind it

extension SlackDesk {
    /// The linked user, who may at least read: others learn nothing of what there is.
    func caller(_ identity: SlackIdentity) async throws -> Caller {
        let caller = try await services.accounts.caller(identity)
        try caller.require(.read)
        return caller
    }

    func questionnaire(of review: Review) throws -> SlackForms.Questionnaire {
        guard let questionnaire = Questionnaire.named(review.questionnaire) else {
            throw GatehouseError(.conflict, "There is no questionnaire '\(review.questionnaire)' any more.")
        }
        return SlackForms.Questionnaire(
            review: review.id, subject: "\(review.model) v\(review.version), \(review.id)",
            questions: questionnaire.questions.map { .init(key: $0.key, text: $0.text) }, limitations: review.limitations,
            panels: Review.Panel.allCases.map { (name: $0.rawValue, title: $0.buttonTitle) })
    }

    /// The one open review of a version that this person was asked for. Fails with `forbidden` when there is none and with
    /// `conflict` when there are several: a version can be on its way to more than one slot.
    private func review(of model: String, _ version: String, asked caller: Caller) async throws -> Review {
        let (name, number) = (try ModelName(model), try VersionNumber(parsing: version))
        let filter = ReviewFilter(model: name, reviewer: caller.principal)
        let own = try await services.store.read { tx in
            try tx.reviews(filter, limit: SQLTransaction.reviewPageMax).filter { $0.version == number }
        }
        let open = own.filter(\.state.isOpen)
        if let only = open.first, open.count == 1 { return only }
        if open.count > 1 {
            throw GatehouseError(
                .conflict, "You were asked for \(open.count) reviews of \(name) v\(number), for different slots.",
                hint: "Decide each by itself: gatehouse review approve ID --token …, gatehouse review reject ID --reason …",
                details: open.map(\.id))
        }
        guard let last = own.first else {
            throw GatehouseError(
                .forbidden, "You were not asked for a review of \(name) v\(number).",
                hint: "What you were asked for: gatehouse review list --mine")
        }
        throw ReviewMachine.Refusal.over(last.state).error(last)
    }

    private func outcome(of review: Review, _ verb: String) async throws -> String {
        let promotion = try await services.store.read { tx in try tx.promotion(id: review.promotion) }
        var lines = ["\(verb) \(review.model) v\(review.version). \(promotion?.reason ?? "")"]
        lines += review.flags.map { "Flagged for audit: \($0.words)." }
        return lines.joined(separator: "\n")
    }
}

extension Review.Panel {
    fileprivate var buttonTitle: String {
        switch self {
        case .gates: "Gate results"
        case .groups: "By group"
        case .champion: "Beside the champion"
        case .shadow: "Shadow traffic"
        case .limitations: "Known limitations"
        case .rollout: "Rollout plan"
        case .trials: "Edge cases tried"
        }
    }
}
