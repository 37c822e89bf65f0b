package import GatehouseCore

extension Envelope {
    package var json: JSONValue {
        .object([
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": .array(
                signatures.map { signature in
                    var members: [String: JSONValue] = ["sig": .string(Base64.encode(signature.bytes))]
                    if let keyID = signature.keyID { members["keyid"] = .string(keyID) }
                    return .object(members)
                }),
        ])
    }

    /// Reads an envelope; base64 may be of the standard or the URL-safe alphabet. Members that are not known are passed over, as
    /// the format asks. Fails with `invalidArgument` and `tooLarge`; nothing is verified yet.
    package init(json: JSONValue) throws(GatehouseError) {
        guard let type = json["payloadType"]?.stringValue, !type.isEmpty else { throw Self.malformed("no payloadType") }
        guard let payload = json["payload"]?.stringValue.flatMap({ Base64.decode($0) }) else {
            throw Self.malformed("no payload in base64")
        }
        guard let list = json["signatures"]?.arrayValue, (1...Self.signaturesMax).contains(list.count) else {
            throw Self.malformed("no list of 1 to \(Self.signaturesMax) signatures")
        }
        var signatures: [Signature] = []
        for entry in list {
            guard let bytes = entry["sig"]?.stringValue.flatMap({ Base64.decode($0) }), !bytes.isEmpty else {
                throw Self.malformed("a signature that is not base64")
            }
            let keyID = entry["keyid"]?.stringValue
            signatures.append(Signature(keyID: keyID?.isEmpty == true ? nil : keyID, bytes: bytes))
        }
        self.init(payloadType: type, payload: payload, signatures: signatures)
    }

    /// The same from a file's bytes.
    package init(parsing bytes: [UInt8]) throws(GatehouseError) {
        guard bytes.count <= Self.envelopeBytesMax else {
            throw GatehouseError(.tooLarge, "The envelope has \(bytes.count) bytes; \(Self.envelopeBytesMax) are read.")
        }
        try self.init(json: try JSONParser.parse(bytes))
    }

    static func malformed(_ what: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no signed envelope (DSSE): it has \(what).",
            hint: "Copy the file whole, or fetch it again.")
    }
}
