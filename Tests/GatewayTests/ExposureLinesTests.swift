import Crypto
import GatehouseCore
import NIOCore
import Serving
import Testing

@testable import Gateway

@Suite struct ExposureLinesTests {
    private static let key = KeyedHash(key: [UInt8](0..<32))

    /// Names that JSON has to escape, and that look like the line itself.
    private func segment() throws -> RecordSegment {
        func served(_ version: Int64) throws -> ServedVersion {
            let digest = Digest(bytes: [UInt8](repeating: UInt8(version), count: 32))
            return ServedVersion(
                version: try VersionNumber(version), digest: digest, upstream: .url("http://127.0.0.1:9\(version)"))
        }
        var route = SegmentRoute(segment: #"eu\","at_ms":0,"assigned_version":"#, champion: try served(1))
        route.split = TrafficSplit(id: #"rol "1"é"#, kind: .rollout, challenger: try served(2), buckets: 5_000, salt: "s")
        route.lastKnownGood = try served(3)
        let endpoint = EndpointRoute(
            name: #"cre"dit"#, model: try ModelName("credit-risk"), environment: "prod", rules: EndpointRules(), segments: [route]
        )
        let routes = try ActiveRoutes(RouteTable(number: 1, createdAt: Timestamp(milliseconds: 0), endpoints: [endpoint]))
        return RecordSegment(endpoint: routes.endpoints[0], segment: routes.endpoints[0].segments[0])
    }

    /// The same exposure, field by field.
    private func expected(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, hash: String?, prediction: Double?
    ) throws -> [UInt8] {
        let assigned = try #require(segment.arm(entry.assigned))
        let unit = entry.unitBytes > 0 ? Self.key.code(of: texts.bytes[texts.unit]).hexadecimal : nil
        var exposure = Exposure(
            requestID: entry.requestID(texts), endpoint: segment.endpoint.name, segment: segment.segment.name,
            split: segment.segment.split?.id, arm: assigned.name, reason: Exposure.Reason.allCases[Int(entry.reason)],
            unitHash: unit, assignedVersion: assigned.version.served.version,
            served: (segment.arm(entry.served) ?? assigned).version.served, at: Timestamp(milliseconds: entry.atMilliseconds),
            latencyMicroseconds: entry.latencyMicroseconds, status: Int(entry.status))
        exposure.prediction = prediction
        exposure.featuresHash = hash
        return ServingRecord.exposure(exposure).line
    }

    @Test("lines are, byte for byte, those of the record they stand for")
    func sameBytes() throws {
        let segment = try segment()
        var lines = ExposureLines()
        let predictions: [Double?] = [nil, 0.1, -0.0, 1e-300, 123_456_789.25, .infinity, -.infinity, .nan]
        var number: UInt64 = 0
        for assigned in [ArmPlace.champion, .challenger] {
            for served in ArmPlace.allCases {
                for reason in Exposure.Reason.allCases.indices {
                    let prediction = predictions[Int(number) % predictions.count]
                    let hash = number % 3 == 0 ? Self.key.code(of: [UInt8(number)]) : nil
                    var entry = RecordEntry()
                    (entry.assigned, entry.served, entry.reason) = (assigned, served, UInt8(reason))
                    (entry.idPrefix, entry.idNumber) = (0xFEDC_BA98_7654_3210, number)
                    (entry.atMilliseconds, entry.latencyMicroseconds) = (1_700_000_000_000 + Int64(number), Int64(number) * 97)
                    entry.status = number % 2 == 0 ? 200 : 503
                    let text =
                        Array((number % 2 == 0 ? "" : "order-7").utf8) + Array((number % 5 == 0 ? "" : "customer \"7\"").utf8)
                    entry.idBytes = number % 2 == 0 ? 0 : 7
                    entry.unitBytes = UInt16(text.count) - entry.idBytes
                    let texts = RecordTexts(entry, bytes: text, at: 0)
                    let unit = entry.unitBytes > 0 ? Self.key.code(of: text[texts.unit]) : nil
                    var bytes: [UInt8] = []
                    let isAppended = lines.append(
                        entry, texts, segment, unit: unit, features: hash, prediction: prediction, to: &bytes)
                    #expect(isAppended)
                    #expect(bytes == (try expected(entry, texts, segment, hash: hash?.hexadecimal, prediction: prediction)))
                    number += 1
                }
            }
        }
        #expect(number == 48)
    }

    @Test("pairs are written as the record they stand for, too")
    func samePairs() throws {
        let segment = try segment()
        let lines = PairLines(segment)
        let answers = [
            ShadowPair.Answer(
                version: 1, status: 200, latencyMicroseconds: 7, predictions: [0.5, -.infinity, .nan], failure: nil),
            ShadowPair.Answer(version: .max, status: nil, latencyMicroseconds: 0, predictions: nil, failure: "not_ready"),
            ShadowPair.Answer(version: 0, status: 503, latencyMicroseconds: .max, predictions: [], failure: nil),
        ]
        for production in answers {
            for shadow in answers {
                for features in [nil, Self.key.code(of: [1])] {
                    var entry = RecordEntry()
                    (entry.idPrefix, entry.idNumber, entry.atMilliseconds) = (1, 2, 1_700_000_000_000)
                    let texts = RecordTexts(entry, bytes: [], at: 0)
                    var bytes: [UInt8] = []
                    lines.append(entry, texts, features: features, production: production, shadow: shadow, to: &bytes)
                    let pair = ShadowPair(
                        requestID: entry.requestID(texts), endpoint: segment.endpoint.name, segment: segment.segment.name,
                        at: Timestamp(milliseconds: entry.atMilliseconds), featuresHash: features?.hexadecimal,
                        production: production, shadow: shadow)
                    #expect(bytes == ServingRecord.shadow(pair).line)
                }
            }
        }
    }

    @Test("an entry of an arm or reason that does not exist is no exposure")
    func strangers() throws {
        let segment = try segment()
        var lines = ExposureLines()
        var bytes: [UInt8] = []
        var entry = RecordEntry()
        entry.assigned = .nobody
        let texts = RecordTexts(entry, bytes: [], at: 0)
        for reason in [UInt8(0), 6, 255] {
            entry.reason = reason
            #expect(lines.append(entry, texts, segment, unit: nil, features: nil, prediction: nil, to: &bytes) == false)
            entry.assigned = .champion
        }
        #expect(bytes.isEmpty)
    }

    @Test("a hash under a key is HMAC-SHA256, however often the key was used before")
    func keyed() {
        // RFC 4231, test case 2.
        let hash = KeyedHash(key: Array("Jefe".utf8))
        for _ in 0..<2 {
            #expect(
                hash.code(of: Array("what do ya want for nothing?".utf8)[...]).hexadecimal
                    == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        }
    }

    @Test("a number is written in decimal digits", arguments: [0, 7, 10, 99, 1_700_000_000_000, .max, -1, .min] as [Int64])
    func decimals(number: Int64) {
        var bytes = Array("x".utf8)
        bytes.write(room: 20) { $0.append(decimal: number) }
        #expect(String(decoding: bytes, as: UTF8.self) == "x\(number)")
    }
}
