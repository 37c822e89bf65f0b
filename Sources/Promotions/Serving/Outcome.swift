package import GatehouseCore
import Storage

/// What became of a prediction: the truth, known later.
package struct Outcome: Sendable, Equatable {
    /// What it is about.
    package enum Subject: Sendable, Hashable {
        case request(String)
        /// A unit by its hash; `window` tells outcomes of one unit apart, such as `2026-11`.
        case unit(hash: String, window: String)

        /// As it is kept.
        var text: String {
            switch self {
            case .request(let id): "r:\(id)"
            case .unit(let hash, let window): "u:\(hash):\(window)"
            }
        }
    }

    package let subject: Subject
    /// What was observed: `defaulted`.
    package let label: String
    package let value: Double
    package let event: Timestamp

    package static let labelBytesMax = 200
    package static let subjectBytesMax = 400
    /// Labels that come with the request's clock a little ahead are no lie.
    package static let futureSecondsMax: Int64 = 300

    /// Fails with `invalidArgument` for a value that is no number and for names without a character or of too many bytes.
    package init(subject: Subject, label: String, value: Double, event: Timestamp) throws(GatehouseError) {
        guard (1...Self.labelBytesMax).contains(label.utf8.count), label.isClean else {
            throw GatehouseError(.invalidArgument, "'\(label.prefix(80))' cannot be the name of an outcome.")
        }
        guard value.isFinite else {
            throw GatehouseError(.invalidArgument, "The outcome '\(label)' has a value that is no number.")
        }
        guard (3...Self.subjectBytesMax).contains(subject.text.utf8.count), subject.text.isClean else {
            throw GatehouseError(
                .invalidArgument, "An outcome names a request or a unit, in at most \(Self.subjectBytesMax) bytes.")
        }
        self.subject = subject
        self.label = label
        self.value = value
        self.event = event
    }
}

extension String {
    fileprivate var isClean: Bool { unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } }
}

/// What became of posted outcomes.
package struct TakenOutcomes: Sendable, Equatable {
    package var new = 0
    /// The same value stood there.
    package var repeated = 0
    /// A later event's value took the place of an earlier one's.
    package var replaced = 0
    /// Another value of the same or an earlier time: the one that stood there stays.
    package var outdated = 0
}

extension SQLTransaction {
    /// False: everything stays as it was.
    func add(_ outcome: Outcome, of endpoint: String, at now: Timestamp, _ taken: inout TakenOutcomes) throws -> Bool {
        let subject = outcome.subject.text
        let known = try first(
            """
            SELECT value, event_at FROM outcome
            WHERE endpoint = \(endpoint) AND subject = \(subject) AND label = \(outcome.label)
            """
        ) { (value: try $0.double("value"), event: try $0.timestamp("event_at")) }
        if let known {
            if known.value == outcome.value {
                taken.repeated += 1
                return false
            } else if known.event < outcome.event {
                try execute(
                    """
                    UPDATE outcome SET value = \(outcome.value), event_at = \(outcome.event), arrived_at = \(now)
                    WHERE endpoint = \(endpoint) AND subject = \(subject) AND label = \(outcome.label)
                    """)
                taken.replaced += 1
                return true
            } else {
                taken.outdated += 1
                return false
            }
        }
        try execute(
            """
            INSERT INTO outcome (endpoint, subject, label, value, event_at, arrived_at)
            VALUES (\(endpoint), \(subject), \(outcome.label), \(outcome.value), \(outcome.event), \(now))
            """)
        taken.new += 1
        return true
    }
}
