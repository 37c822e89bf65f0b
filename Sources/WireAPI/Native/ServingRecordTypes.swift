// What gateways ship, and what became of predictions.

/// What became of a batch. 200 means that it is durable.
package struct BatchAnswer: Codable, Sendable {
    /// It was taken before: nothing happened now, and the counts are 0.
    package let repeated: Bool
    package let windows: Int
    package let exposures: Int
    package let pairs: Int
    package let unsplit: Int
    package let sampledOut: Int
    package let mismatched: Int

    package init(
        repeated: Bool, windows: Int, exposures: Int, pairs: Int, unsplit: Int, sampledOut: Int, mismatched: Int
    ) {
        self.repeated = repeated
        self.windows = windows
        self.exposures = exposures
        self.pairs = pairs
        self.unsplit = unsplit
        self.sampledOut = sampledOut
        self.mismatched = mismatched
    }

    enum CodingKeys: String, CodingKey {
        case repeated, windows, exposures, pairs, unsplit, mismatched
        case sampledOut = "sampled_out"
    }
}

package struct OutcomesCall: Codable, Sendable {
    package struct Outcome: Codable, Sendable {
        /// As the gateway answered it in `x-gatehouse-request-id`; or `unit`.
        package let requestID: String?
        /// The customer or account, in clear as it stood in the request; it is not kept.
        package let unit: String?
        /// Tells several outcomes of one unit apart.
        package let window: String?
        package let label: String
        package let value: Double
        /// When it was observed.
        package let eventAt: String

        package init(
            requestID: String?, unit: String?, window: String?, label: String, value: Double, eventAt: String
        ) {
            self.requestID = requestID
            self.unit = unit
            self.window = window
            self.label = label
            self.value = value
            self.eventAt = eventAt
        }

        enum CodingKeys: String, CodingKey {
            case unit, window, label, value
            case requestID = "request_id"
            case eventAt = "event_at"
        }
    }

    package let outcomes: [Outcome]

    package init(outcomes: [Outcome]) { self.outcomes = outcomes }
}

package struct OutcomesAnswer: Codable, Sendable {
    package var new: Int
    package var repeated: Int
    package var replaced: Int
    package var outdated: Int

    package init(new: Int, repeated: Int, replaced: Int, outdated: Int) {
        self.new = new
        self.repeated = repeated
        self.replaced = replaced
        self.outdated = outdated
    }
}
