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
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, unit: HashedAuthenticationCode<SHA256>?,
        features: HashedAuthenticationCode<SHA256>?, prediction: Double?, to lines: inout [UInt8]
    ) -> Bool {
        guard let form = form(of: entry, segment) else { return false }
        lines += Self.start
        entry.appendRequestID(texts, to: &lines)
        lines += form.behindID
        lines.append(hash: unit, as: #","unit_hash":""#)
        lines += form.behindUnit
        lines.append(decimal: entry.atMilliseconds)
        lines.append(hash: features, as: #","features_hash":""#)
        if let prediction {
            lines.append(#","prediction":"#)
            lines.append(json: prediction)
        }
        lines.append(#","latency_us":"#)
        lines.append(decimal: entry.latencyMicroseconds)
        lines.append(#","status":"#)
        lines.append(decimal: Int64(entry.status))
        lines.append("}}\n")
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
        _ entry: RecordEntry, _ texts: RecordTexts, features: HashedAuthenticationCode<SHA256>?,
        production: ShadowPair.Answer, shadow: ShadowPair.Answer, to lines: inout [UInt8]
    ) {
        lines += Self.start
        entry.appendRequestID(texts, to: &lines)
        lines += behindID
        lines.append(decimal: entry.atMilliseconds)
        lines.append(hash: features, as: #","features_hash":""#)
        lines.append(#","production":"#)
        Self.append(production, to: &lines)
        lines.append(#","shadow":"#)
        Self.append(shadow, to: &lines)
        lines.append("}}\n")
    }

    private static func append(_ answer: ShadowPair.Answer, to lines: inout [UInt8]) {
        lines.append(#"{"version":"#)
        lines.append(decimal: answer.version)
        if let status = answer.status {
            lines.append(#","status":"#)
            lines.append(decimal: Int64(status))
        }
        lines.append(#","latency_us":"#)
        lines.append(decimal: answer.latencyMicroseconds)
        if let predictions = answer.predictions {
            lines.append(#","predictions":["#)
            for (index, prediction) in predictions.enumerated() {
                if index > 0 { lines.append(Byte.comma) }
                lines.append(json: prediction)
            }
            lines.append(UInt8(ascii: "]"))
        }
        // The names of failures need no escape.
        if let failure = answer.failure {
            lines.append(#","failure":""#)
            lines += failure.utf8
            lines.append(UInt8(ascii: "\""))
        }
        lines.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    /// A member that holds a hash, with all before it; nothing for nil.
    fileprivate mutating func append(hash: HashedAuthenticationCode<SHA256>?, as member: StaticString) {
        guard let hash else { return }
        append(member)
        append(hexadecimal: hash)
        append(UInt8(ascii: "\""))
    }

    /// A number as `JSONWriter` writes it.
    fileprivate mutating func append(json number: Double) {
        if number.isFinite {
            self += "\(number)".utf8
        } else {
            self += (number.isNaN ? #""NaN""# : number > 0 ? #""Infinity""# : #""-Infinity""#).utf8
        }
    }
}
