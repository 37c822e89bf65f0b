/// The questions a reviewer answers before an approval counts. A published version never changes: answers name it.
package struct Questionnaire: Sendable, Equatable {
    package struct Question: Sendable, Equatable {
        /// How answers refer to it: `risk`.
        package let key: String
        package let text: String

        package init(_ key: String, _ text: String) {
            self.key = key
            self.text = text
        }
    }

    /// `default`
    package let name: String
    package let version: Int
    package let questions: [Question]

    /// The question that trials answer.
    package static let edgeCases = "edge_cases"

    /// How it is recorded: `default@1`.
    package var reference: String { "\(name)@\(version)" }

    /// `on_call` is answered with whoever will be called when it goes wrong.
    package static let all: [Questionnaire] = [
        Questionnaire(
            name: "default", version: 1,
            questions: [
                Question("risk", "Does the improvement justify the risk of a change? Why?"),
                Question("data", "Which issues of the data are known, and why can they be accepted?"),
                Question("timing", "Is the timing right: holidays, other releases, somebody on call?"),
                Question(edgeCases, "Which unexpected behaviour and edge cases were tried, and what came of it?"),
                Question("on_call", "Who is on call for this model once it serves?"),
            ])
    ]

    /// By name, the newest version; or by `name@version`.
    package static func named(_ text: String) -> Questionnaire? {
        all.last { $0.name == text || $0.reference == text }
    }
}
