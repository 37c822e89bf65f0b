import GatehouseCore

// Lines as they are read back. What a line holds is checked for its form here, and for its truth by `AuditBundleCheck`.

extension AuditBundle.Line {
    /// Fails with `integrity` when it is none of the lines of a bundle, or of a later format.
    package init(parsing bytes: some Collection<UInt8>) throws {
        guard bytes.count <= AuditBundle.lineBytesMax else {
            throw AuditBundle.damaged("has more than \(AuditBundle.lineBytesMax) bytes")
        }
        let json: JSONValue
        do { json = try JSONParser.parse(bytes) } catch { throw AuditBundle.damaged("is not JSON", cause: error) }
        if json["format"] != nil {
            self = .header(try AuditBundle.Header(json))
        } else if json["entry"] != nil {
            self = .entry(try AuditBundle.Entry(json))
        } else if let text = json["document"]?.stringValue, let digest = json["digest"]?.stringValue {
            guard let digest = try? Digest(parsing: digest) else { throw AuditBundle.damaged("names no digest") }
            self = .document(AuditBundle.Document(digest: digest, bytes: Array(text.utf8)))
        } else if let entries = json["end"]?["entries"]?.integerValue, let documents = json["end"]?["documents"]?.integerValue {
            self = .end(entries: entries, documents: documents)
        } else {
            throw AuditBundle.damaged("is no line of an audit bundle")
        }
    }
}

extension AuditBundle.Header {
    fileprivate init(_ json: JSONValue) throws {
        guard let format = json["format"]?.stringValue, format == AuditBundle.format else {
            throw AuditBundle.damaged("is the header of another format than \(AuditBundle.format)")
        }
        guard let origin = json["origin"]?.stringValue, let vkey = json["vkey"]?.stringValue,
            let time = json["exported_at"]?.stringValue.flatMap({ try? Timestamp(parsing: $0) }),
            let hasTexts = json["has_texts"]?.boolValue
        else { throw AuditBundle.damaged("is a header without origin, vkey, time or has_texts") }
        self.init(
            origin: origin, vkey: vkey, checkpoint: json["checkpoint"]?.stringValue, exportedAt: time,
            selection: json["selection"] ?? .null, hasTexts: hasTexts)
    }
}

extension AuditBundle.Entry {
    fileprivate init(_ json: JSONValue) throws {
        guard let text = json["entry"]?.stringValue, let people = json["people"]?.objectValue,
            let texts = json["texts"]?.objectValue
        else { throw AuditBundle.damaged("is an entry without entry, people or texts") }
        leaf = try AuditLeaf(canonicalBytes: Array(text.utf8))
        var words = AuditWords()
        for (reference, kept) in people {
            guard let name = kept["name"]?.stringValue, let salt = kept["salt"]?.stringValue.flatMap({ Base64.decode($0) }) else {
                throw AuditBundle.damaged("has a person without name or salt")
            }
            words.people[reference] = (Principal(stored: name), salt)
        }
        for (name, kept) in texts {
            guard let text = kept["text"]?.stringValue, let salt = kept["salt"]?.stringValue.flatMap({ Base64.decode($0) }) else {
                throw AuditBundle.damaged("has a text without words or salt")
            }
            words.texts[leaf.sequence, default: [:]][name] = SaltedText(text: text, salt: salt)
        }
        self.words = words
        guard let lines = json["proof"]?.arrayValue else {
            guard json["proof"] == .null else { throw AuditBundle.damaged("has no proof, not even null") }
            proof = nil
            return
        }
        let hashes = lines.compactMap { $0.stringValue.flatMap { TreeHash(base64: $0) } }
        guard hashes.count == lines.count, hashes.count <= InclusionProof.hashesMax else {
            throw AuditBundle.damaged("has a proof that is not a list of hashes")
        }
        proof = hashes
    }
}

extension AuditBundle {
    static func damaged(_ what: String, cause: (any Error)? = nil) -> GatehouseError {
        GatehouseError(.integrity, "It \(what).", hint: "Ask the server for another: gatehouse audit export.", cause: cause)
    }
}
