import Foundation
package import GatehouseCore

/// What a gateway tells the registry, one to a line: `{"exposure": …}`, `{"shadow": …}` or `{"window": …}`.
package enum ServingRecord: Sendable, Equatable {
    case exposure(Exposure)
    case shadow(ShadowPair)
    case window(ArmWindow)

    package static let batchBytesMax = 4 << 20
    package static let batchLinesMax = 50_000
    package static let lineBytesMax = 1 << 20

    /// The record as a line of JSON, its line feed included.
    package var line: [UInt8] {
        var writer = JSONWriter(capacity: 640)
        writer.object { json in
            switch self {
            case .exposure(let exposure): json.member("exposure") { exposure.write(to: &$0) }
            case .shadow(let pair): json.member("shadow") { pair.write(to: &$0) }
            case .window(let window): json.member("window") { window.write(to: &$0) }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a batch. Fails with `invalidArgument`, naming the line, when it is too large or a line is no sound record.
    package static func read(lines bytes: [UInt8]) throws(GatehouseError) -> [ServingRecord] {
        guard bytes.count <= batchBytesMax else {
            throw GatehouseError(
                .invalidArgument, "The batch has \(bytes.count) bytes; at most \(batchBytesMax) are taken.",
                hint: "Ship smaller batches.")
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count <= batchLinesMax else {
            throw GatehouseError(
                .invalidArgument, "The batch has \(lines.count) lines; at most \(batchLinesMax) are taken.",
                hint: "Ship smaller batches.")
        }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        var records: [ServingRecord] = []
        records.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let record: ServingRecord
            do {
                record = try decoder.decode(ServingRecord.self, from: Data(line))
            } catch {
                throw GatehouseError(
                    .invalidArgument, "Line \(index + 1) of the batch is no record: \(error)",
                    hint: "A line is {\"exposure\": …}, {\"shadow\": …} or {\"window\": …}.", cause: error)
            }
            if let fault = record.fault {
                throw GatehouseError(
                    .invalidArgument, "Line \(index + 1) of the batch: \(fault).",
                    hint: "Counts are 0 to \(countMax), and of the lengths that their buckets have.")
            }
            records.append(record)
        }
        return records
    }
}

extension ServingRecord: Codable {
    private enum CodingKeys: String, CodingKey { case exposure, shadow, window }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let exposure = try container.decodeIfPresent(Exposure.self, forKey: .exposure) {
            self = .exposure(exposure)
        } else if let pair = try container.decodeIfPresent(ShadowPair.self, forKey: .shadow) {
            self = .shadow(pair)
        } else {
            self = .window(try container.decode(ArmWindow.self, forKey: .window))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .exposure(let exposure): try container.encode(exposure, forKey: .exposure)
        case .shadow(let pair): try container.encode(pair, forKey: .shadow)
        case .window(let window): try container.encode(window, forKey: .window)
        }
    }
}

// MARK: - Soundness

extension ServingRecord {
    /// No count of one window can be larger; a thousand million windows may be added before a sum overflows.
    package static let countMax = 1 << 33

    /// What is wrong with a record that came over the wire: counts that overflow or belong to no bucket. Nil: nothing.
    var fault: String? {
        switch self {
        case .exposure(let exposure): exposure.latencyMicroseconds < 0 ? "a latency is negative" : nil
        case .shadow(let pair):
            pair.production.latencyMicroseconds < 0 || pair.shadow.latencyMicroseconds < 0 ? "a latency is negative" : nil
        case .window(let window): window.fault
        }
    }
}

extension ArmWindow {
    fileprivate var fault: String? {
        let features = features.flatMap { $0.counts + [$0.missing, $0.unknown, $0.mistyped] }
        let fields = schema.fields.flatMap { [$0.integer, $0.number, $0.boolean, $0.text, $0.null, $0.nested] }
        let copies =
            [shadow.eligible, shadow.mirrored, shadow.late, shadow.failed] + shadow.dropped.values + shadow.tooLarge.values
        let predicted = predictions.counts + [predictions.notANumber, predictions.missing]
        let own = [requests, errors, rejected, inspected, unreadable, schema.unnamed]
        let counts = [own, latency.counts, predicted, features, fields, copies].joined()
        if !counts.allSatisfy({ (0...ServingRecord.countMax).contains($0) }) { return "a count is out of range" }
        if latency.counts.count > LatencyCounts.bucketsMax { return "there are too many latency buckets" }
        if predictions.counts.count != predictions.edges.count + 1 { return "prediction counts do not fit their edges" }
        if fromMilliseconds > toMilliseconds { return "a window ends before it begins" }
        if schema.fields.count > ObservedSchema.fieldsMax { return "the schema has too many fields" }
        return nil
    }
}
