package import GatehouseCore

/// Something an attestation is about or refers to, by its digest (in-toto ResourceDescriptor v1).
package struct ResourceDescriptor: Sendable, Equatable {
    package let name: String?
    package let uri: String?
    package let digest: Digest?

    package init(name: String? = nil, uri: String? = nil, digest: Digest?) {
        self.name = name
        self.uri = uri
        self.digest = digest
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        if let name { members["name"] = .string(name) }
        if let uri { members["uri"] = .string(uri) }
        if let digest { members["digest"] = .object(["sha256": .string(digest.hex)]) }
        return .object(members)
    }

    init(json: JSONValue) throws(GatehouseError) {
        let text = json["digest"]?["sha256"]?.stringValue
        self.init(
            name: json["name"]?.stringValue, uri: json["uri"]?.stringValue,
            digest: try text.map { (text) throws(GatehouseError) in try Digest(parsing: text) })
    }
}

/// A claim about artifacts (in-toto Statement v1): of what, of which kind, and the claim itself.
package struct Statement: Sendable, Equatable {
    package static let payloadType = "application/vnd.in-toto+json"
    package static let typeURI = "https://in-toto.io/Statement/v1"

    package let subjects: [ResourceDescriptor]
    package let predicateType: String
    package let predicate: JSONValue

    package init(subjects: [ResourceDescriptor], predicateType: String, predicate: JSONValue) {
        self.subjects = subjects
        self.predicateType = predicateType
        self.predicate = predicate
    }

    package var json: JSONValue {
        .object([
            "_type": .string(Self.typeURI), "subject": .array(subjects.map(\.json)), "predicateType": .string(predicateType),
            "predicate": predicate,
        ])
    }

    package func signed(by keys: [SigningKey]) throws(GatehouseError) -> Envelope {
        try Envelope(payloadType: Self.payloadType, payload: json.canonicalBytes, signedBy: keys)
    }

    /// Reads what was verified. Fails with `invalidArgument` when it is no statement of this version.
    package init(_ verified: VerifiedPayload) throws(GatehouseError) {
        guard verified.payloadType == Self.payloadType else {
            throw Self.malformed("the payload is of type '\(verified.payloadType.prefix(80))'")
        }
        try self.init(json: try JSONParser.parse(verified.bytes))
    }

    /// What an envelope claims, without a look at its signatures: for listings of what is stored, not for decisions.
    package init(unverified envelope: Envelope) throws(GatehouseError) {
        try self.init(json: try JSONParser.parse(envelope.payload))
    }

    private init(json: JSONValue) throws(GatehouseError) {
        guard json["_type"]?.stringValue == Self.typeURI else { throw Self.malformed("_type is not \(Self.typeURI)") }
        guard let subjects = json["subject"]?.arrayValue, !subjects.isEmpty,
            let type = json["predicateType"]?.stringValue, !type.isEmpty
        else { throw Self.malformed("subject or predicateType is missing") }
        var descriptors: [ResourceDescriptor] = []
        for subject in subjects { descriptors.append(try ResourceDescriptor(json: subject)) }
        self.init(subjects: descriptors, predicateType: type, predicate: json["predicate"] ?? .null)
    }

    static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "This is no in-toto statement that is understood: \(why).")
    }
}
