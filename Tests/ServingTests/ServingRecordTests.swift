import GatehouseCore
import Testing

@testable import Serving

@Suite struct ServingRecordTests {
    private let digest = Digest(bytes: [UInt8](repeating: 7, count: 32))

    private func exposure() throws -> Exposure {
        var exposure = Exposure(
            requestID: "r-\"1\"", endpoint: "credit", segment: "eu/de", split: "rol_1", arm: .challenger, reason: .noUnit,
            unitHash: nil, assignedVersion: 3,
            served: ServedVersion(version: try VersionNumber(3), digest: digest, upstream: .native),
            at: Timestamp(milliseconds: 1_700_000_000_123), latencyMicroseconds: 812, status: 200)
        exposure.prediction = 0.1
        return exposure
    }

    private func window(seed: UInt64, from: Int64) -> ArmWindow {
        var state = seed
        func next(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: nil, arm: .champion, version: 2, digest: digest,
            from: Timestamp(milliseconds: from))
        window.toMilliseconds = from + 1_000
        window.requests = next(1_000)
        window.errors = next(10)
        for _ in 0..<next(40) { window.latency.observe(microseconds: Int64(next(5_000_000))) }
        for _ in 0..<next(40) { window.predictions.observe(Double(next(100)) / 100) }
        for _ in 0..<next(400) { window.schema.observe("f\(next(700))", next(2) == 0 ? .integer : .text) }
        var age = FeatureCounts(FeatureBuckets(name: "age", edges: [30, 60]))
        for index in 0..<3 { age.counts[index] = next(9) }
        window.features = [age]
        window.shadow.eligible = next(50)
        window.shadow.drop(.bytesFull, count: next(5))
        return window
    }

    @Test("A batch of lines reads back as the records that were written")
    func roundTrip() throws {
        var pair = ShadowPair(
            requestID: "r", endpoint: "credit", segment: "default", at: Timestamp(milliseconds: 5), featuresHash: "ab",
            production: .init(version: 1, status: 200, latencyMicroseconds: 10, predictions: [0.25, -0.0]),
            shadow: .init(version: 2, status: nil, latencyMicroseconds: 20, predictions: nil, failure: "deadline"))
        let records: [ServingRecord] = [.exposure(try exposure()), .shadow(pair), .window(window(seed: 1, from: 10))]
        #expect(try ServingRecord.read(lines: records.flatMap(\.line)) == records)

        pair = ShadowPair(
            requestID: "r", endpoint: "credit", segment: "default", at: Timestamp(milliseconds: 5), featuresHash: nil,
            production: .init(version: 1, status: 200, latencyMicroseconds: 10, predictions: [.infinity, 1e-300]),
            shadow: .init(version: 2, status: 200, latencyMicroseconds: 20, predictions: [.nan]))
        guard case .shadow(let read) = try ServingRecord.read(lines: ServingRecord.shadow(pair).line).first else {
            Issue.record("not a pair")
            return
        }
        #expect(read.production == pair.production)
        #expect(read.shadow.predictions?.first?.isNaN == true)
    }

    @Test("Windows add up to the same in any order and grouping")
    func merging() {
        let windows = (1...12).map { window(seed: UInt64($0), from: Int64($0) * 1_000) }
        func sum(_ parts: some Sequence<ArmWindow>) -> ArmWindow? {
            var total: ArmWindow?
            for part in parts {
                guard var sum = total else {
                    total = part
                    continue
                }
                let isWhole = sum.add(part)
                #expect(isWhole)
                total = sum
            }
            return total
        }
        let whole = sum(windows)
        #expect(whole?.fromMilliseconds == 1_000)
        #expect(whole?.toMilliseconds == 13_000)
        #expect(whole?.schema.fields.count == ObservedSchema.fieldsMax)
        for seed in 1...20 {
            var generator = SeededOrder(state: UInt64(seed))
            let shuffled = windows.shuffled(using: &generator)
            let cut = 1 + seed % 11
            #expect(sum([sum(shuffled[..<cut]), sum(shuffled[cut...])].compactMap(\.self)) == whole)
        }
    }

    @Test("Counts of other buckets are left out, and that is said")
    func otherBuckets() {
        var one = window(seed: 1, from: 0)
        let before = one.predictions
        var other = window(seed: 2, from: 0)
        other.predictions = PredictionCounts(edges: [0.5])
        let isWhole = one.add(other)
        #expect(!isWhole)
        #expect(one.predictions == before)
    }

    @Test("A batch with a broken line, a count out of range or too many buckets is refused by line")
    func refused() {
        let good = ServingRecord.window(window(seed: 3, from: 0)).line
        func message(_ line: String) -> String {
            do {
                _ = try ServingRecord.read(lines: good + Array(line.utf8))
                return "taken"
            } catch {
                #expect(error.code == .invalidArgument)
                return error.message
            }
        }
        let text = String(decoding: good, as: UTF8.self)
        #expect(message("{\"exposure\": 1}").hasPrefix("Line 2"))
        #expect(message(text.replacingFirst("\"errors\":", with: "\"errors\":-")).contains("out of range"))
        #expect(
            message(text.replacingFirst("\"inspected\":0", with: "\"inspected\":9223372036854775807")).contains("out of range"))
        #expect(message(text.replacingFirst("\"edges\":[", with: "\"edges\":[0.01,")).contains("edges"))
    }

    @Test("The schema keeps a bounded number of names and counts the others")
    func schemaIsBounded() {
        var schema = ObservedSchema()
        for index in 0..<2_000 { schema.observe("n\(index)", .number) }
        schema.observe(String(repeating: "x", count: ObservedSchema.nameBytesMax + 1), .number)
        #expect(schema.fields.count == ObservedSchema.fieldsMax)
        #expect(schema.fields.reduce(0) { $0 + $1.total } + schema.unnamed == 2_001)
    }
}

private struct SeededOrder: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, with text: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(in: range, with: text)
    }

    private func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
