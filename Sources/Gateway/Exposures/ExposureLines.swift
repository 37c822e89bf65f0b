import Crypto
import GatehouseCore
import Serving

/// Writes the exposures of one segment, always the same one, as lines. What is the same for all requests with the same arms is written once, because
/// exposures come by the thousand a second; the bytes are those of `ServingRecord.line`.
struct ExposureLines {
    private struct Form {
        /// From behind the request's id to the unit.
        let behindID: [UInt8]
        /// From the versions to the time.
        let behindUnit: [UInt8]
    }

    private static let start = Array(#"{"exposure":{"request_id":""#.utf8)
    private static let versions = Array(#","assigned_version":"#.utf8)
    private static let time = Array(#","at_ms":"#.utf8)

    private var forms: [Form?] = []

    /// Appends an exposure; false: it is of no arm that the segment has.
    mutating func append(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, unit: SHA256Digest?,
        features: SHA256Digest?, prediction: Double?, to lines: inout [UInt8]
    ) -> Bool {
        guard let form = form(of: entry, segment) else { return false }
        lines.write(room: LineRoom.own + Int(entry.idBytes) + form.behindID.count + form.behindUnit.count) { line in
            line.append(Self.start)
            line.append(requestIDOf: entry, texts)
            line.append(form.behindID)
            line.append(hash: unit, as: #","unit_hash":""#)
            line.append(form.behindUnit)
            line.append(decimal: entry.atMilliseconds)
            line.append(hash: features, as: #","features_hash":""#)
            if let prediction {
                line.append(#","prediction":"#)
                line.append(json: prediction)
            }
            line.append(#","latency_us":"#)
            line.append(decimal: entry.latencyMicroseconds)
            line.append(#","status":"#)
            line.append(decimal: Int64(entry.status))
            line.append("}}\n")
        }
        return true
    }

    private mutating func form(of entry: RecordEntry, _ segment: RecordSegment) -> Form? {
        let places = ArmPlace.allCases.count
        let reasons = Exposure.Reason.allCases
        guard Int(entry.reason) < reasons.count else { return nil }
        let index = (Int(entry.assigned.rawValue) * places + Int(entry.served.rawValue)) * reasons.count + Int(entry.reason)
        if forms.isEmpty { forms = Array(repeating: nil, count: places * places * reasons.count) }
        if let form = forms[index] { return form }
        guard let assigned = segment.arm(entry.assigned) else { return nil }
        let form = Self.form(segment, assigned, segment.arm(entry.served) ?? assigned, reasons[Int(entry.reason)])
        forms[index] = form
        return form
    }

    /// Taken from the line of an exposure without what differs between requests. A quotation mark inside a text is escaped, so
    /// that what is looked for stands nowhere else.
    private static func form(
        _ segment: RecordSegment, _ assigned: ActiveArm, _ served: ActiveArm, _ reason: Exposure.Reason
    ) -> Form? {
        let exposure = Exposure(
            requestID: "", endpoint: segment.endpoint.name, segment: segment.segment.name, split: segment.segment.split?.id,
            arm: assigned.name, reason: reason, unitHash: nil, assignedVersion: assigned.version.served.version,
            served: served.version.served, at: Timestamp(milliseconds: 0), latencyMicroseconds: 0, status: 0)
        let line = ServingRecord.exposure(exposure).line
        guard line.starts(with: Self.start), let versions = line.firstRange(of: Self.versions),
            let time = line[versions.upperBound...].firstRange(of: Self.time)
        else { return nil }
        return Form(
            behindID: Array(line[Self.start.count..<versions.lowerBound]),
            behindUnit: Array(line[versions.lowerBound..<time.upperBound]))
    }
}

/// Writes the pairs of one segment as lines, likewise.
struct PairLines {
    private static let start = Array(#"{"shadow":{"request_id":""#.utf8)
    private static let time = Array(#","at_ms":"#.utf8)

    private let behindID: [UInt8]

    init(_ segment: RecordSegment) {
        let nothing = ShadowPair.Answer(version: 0, status: nil, latencyMicroseconds: 0, predictions: nil, failure: nil)
        let pair = ShadowPair(
            requestID: "", endpoint: segment.endpoint.name, segment: segment.segment.name, at: Timestamp(milliseconds: 0),
            featuresHash: nil, production: nothing, shadow: nothing)
        let line = ServingRecord.shadow(pair).line
        behindID = line.firstRange(of: Self.time).map { Array(line[Self.start.count..<$0.upperBound]) } ?? []
    }

    func append(
        _ entry: RecordEntry, _ texts: RecordTexts, features: SHA256Digest?, production: ShadowPair.Answer,
        shadow: ShadowPair.Answer, to lines: inout [UInt8]
    ) {
        let room = LineRoom.own + LineRoom.of(production) + LineRoom.of(shadow) + Int(entry.idBytes) + behindID.count
        lines.write(room: room) { line in
            line.append(Self.start)
            line.append(requestIDOf: entry, texts)
            line.append(behindID)
            line.append(decimal: entry.atMilliseconds)
            line.append(hash: features, as: #","features_hash":""#)
            line.append(#","production":"#)
            Self.append(production, to: &line)
            line.append(#","shadow":"#)
            Self.append(shadow, to: &line)
            line.append("}}\n")
        }
    }

    private static func append(_ answer: ShadowPair.Answer, to line: inout MessageWriter) {
        line.append(#"{"version":"#)
        line.append(decimal: answer.version)
        if let status = answer.status {
            line.append(#","status":"#)
            line.append(decimal: Int64(status))
        }
        line.append(#","latency_us":"#)
        line.append(decimal: answer.latencyMicroseconds)
        if let predictions = answer.predictions {
            line.append(#","predictions":["#)
            for (index, prediction) in predictions.enumerated() {
                if index > 0 { line.append(Byte.comma) }
                line.append(json: prediction)
            }
            line.append(UInt8(ascii: "]"))
        }
        // The names of failures need no escape.
        if let failure = answer.failure {
            line.append(#","failure":""#)
            line.append(text: failure)
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "}"))
    }
}

/// How long a line may become, beside what is measured.
private enum LineRoom {
    /// Names of members, hashes, and numbers of at most 25 digits and signs.
    static let own = 640

    static func of(_ answer: ShadowPair.Answer) -> Int {
        26 * (answer.predictions?.count ?? 0) + (answer.failure?.utf8.count ?? 0)
    }
}

extension MessageWriter {
    /// A member that holds a hash, with all before it; nothing for nil.
    fileprivate mutating func append(hash: SHA256Digest?, as member: StaticString) {
        guard let hash else { return }
        append(member)
        append(hexadecimal: hash)
        append(UInt8(ascii: "\""))
    }

    /// A number as `JSONWriter` writes it.
    fileprivate mutating func append(json number: Double) {
        if number.isFinite {
            append(text: number.description)
        } else {
            append(number.isNaN ? #""NaN""# : number > 0 ? #""Infinity""# : #""-Infinity""#)
        }
    }

    fileprivate mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    fileprivate mutating func append(requestIDOf entry: RecordEntry, _ texts: RecordTexts) {
        if entry.idBytes > 0 {
            texts.bytes[texts.id].withUnsafeBytes { append($0) }
        } else {
            append(RequestID.made(prefix: entry.idPrefix, number: entry.idNumber))
        }
    }
}
