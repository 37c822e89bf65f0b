package import GatehouseCore

/// One decision as it was recorded.
package struct AuditAnswer: Codable, Sendable {
    package let sequence: Int64
    package let at: String
    package let principal: String
    package let action: String
    package let outcome: String
    package let modelName: String?
    package let version: Int64?
    package let reason: String
    /// Others who have a part in it, by what part.
    package let people: [String: String]
    /// Other texts than the reason, by name.
    package let texts: [String: String]
    /// The names of texts that were given and forgotten on request.
    package let erasedTexts: [String]
    package let facts: JSONValue

    package init(
        sequence: Int64, at: String, principal: String, action: String, outcome: String, modelName: String?, version: Int64?,
        reason: String, people: [String: String], texts: [String: String], erasedTexts: [String], facts: JSONValue
    ) {
        self.sequence = sequence
        self.at = at
        self.principal = principal
        self.action = action
        self.outcome = outcome
        self.modelName = modelName
        self.version = version
        self.reason = reason
        self.people = people
        self.texts = texts
        self.erasedTexts = erasedTexts
        self.facts = facts
    }

    enum CodingKeys: String, CodingKey {
        case sequence, at, principal, action, outcome, version, reason, people, texts, facts
        case modelName = "model_name"
        case erasedTexts = "erased_texts"
    }
}

/// A page of an audit bundle: lines as they stand in the file, without their line feeds. The last line of the file, with the
/// counts, is the client's to write.
package struct BundlePageAnswer: Codable, Sendable {
    package let lines: [String]
    package let nextPageToken: String?

    package init(lines: [String], nextPageToken: String?) {
        self.lines = lines
        self.nextPageToken = nextPageToken
    }

    enum CodingKeys: String, CodingKey {
        case lines
        case nextPageToken = "next_page_token"
    }
}

package struct EraseCall: Codable, Sendable {
    package let reason: String
    package init(reason: String) { self.reason = reason }
}

/// What was forgotten about a person, and where the name still stands.
package struct ErasureAnswer: Codable, Sendable {
    package struct Remainder: Codable, Sendable {
        package let place: String
        package let rows: Int64
        package let reason: String

        package init(place: String, rows: Int64, reason: String) {
            self.place = place
            self.rows = rows
            self.reason = reason
        }
    }

    /// What stands for the person from now on.
    package let standIn: String
    package let texts: Int64
    package let rows: Int64
    package let hadAccount: Bool
    package let remaining: [Remainder]
    package let auditSequence: Int64

    package init(
        standIn: String, texts: Int64, rows: Int64, hadAccount: Bool, remaining: [Remainder], auditSequence: Int64
    ) {
        self.standIn = standIn
        self.texts = texts
        self.rows = rows
        self.hadAccount = hadAccount
        self.remaining = remaining
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case texts, rows, remaining
        case standIn = "stand_in"
        case hadAccount = "had_account"
        case auditSequence = "audit_sequence"
    }
}
