import Access
import Events
import GatehouseCore
import Gates
import Logging
import Promotions
import Storage

/// Windows that are sent in have to be answered in the request itself: with what is wrong at which question, or with the
/// next window.
extension SlackDesk {
    func submitted(
        _ window: SlackForms.Window, _ identity: SlackIdentity, review id: String, _ state: SlackState, _ logger: Logger
    ) async -> JSONValue {
        do {
            let caller = try await caller(identity)
            switch window {
            case .questionnaire: return try await answer(id, state, caller)
            case .rejection: return try await reject(id, state, caller)
            }
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return Self.notice(error)
        } catch {
            logger.error("a window of Slack's was not taken", metadata: ["error": "\(error)"])
            return Self.notice(GatehouseError(.internalFailure, "Gatehouse failed; its log says why."))
        }
    }

    private func answer(_ id: String, _ state: SlackState, _ caller: Caller) async throws -> JSONValue {
        let review = try await services.store.read { tx in try tx.requiredReview(id) }
        let questionnaire = try questionnaire(of: review)
        let (texts, ticked) = questionnaire.answers(in: state)
        let problems = Self.problems(questionnaire, texts, ticked)
        guard problems.isEmpty else { return SlackForms.problems(problems) }
        let (answered, token) = try await services.reviews.answer(
            id, QuestionnaireAnswers(texts: texts, acknowledged: ticked), by: caller)
        return SlackForms.replacing(
            by: SlackForms.token(token.text, model: answered.model.text, version: answered.version.description))
    }

    private func reject(_ id: String, _ state: SlackState, _ caller: Caller) async throws -> JSONValue {
        let rejected = try await services.reviews.reject(id, reason: SlackForms.reason(in: state), by: caller)
        return SlackForms.replacing(
            by: SlackForms.notice("Rejected", ["\(rejected.model) v\(rejected.version) stays where it is."]))
    }

    /// By block, what `QuestionnaireAnswers.check` would complain about. That one decides; this one says it where it is.
    private static func problems(
        _ questionnaire: SlackForms.Questionnaire, _ texts: [String: String], _ ticked: [String]
    ) -> [String: String] {
        var problems: [String: String] = [:]
        for question in questionnaire.questions {
            let text = texts[question.key] ?? ""
            if text.allSatisfy(\.isWhitespace) {
                problems[SlackForms.questionBlock(question.key)] = "This has to be answered in your own words."
            } else if text.utf8.count > QuestionnaireAnswers.answerBytesMax {
                problems[SlackForms.questionBlock(question.key)] =
                    "This has \(text.utf8.count) bytes; \(QuestionnaireAnswers.answerBytesMax) fit."
            }
        }
        for (index, limitation) in questionnaire.limitations.enumerated() where !ticked.contains(limitation) {
            problems[SlackForms.limitationBlock(index)] = "Each known limitation has to be ticked by itself."
        }
        return problems
    }

    /// For a submission that Slack repeats and whose answer is not kept any more.
    static var alreadyReceived: JSONValue {
        SlackForms.replacing(
            by: SlackForms.notice(
                "Gatehouse", ["This was received before. If you saw no token, answer the questionnaire again."]))
    }

    private static func notice(_ error: GatehouseError) -> JSONValue {
        SlackForms.replacing(
            by: SlackForms.notice("Gatehouse", error.description.split(separator: "\n").map(String.init)))
    }
}
