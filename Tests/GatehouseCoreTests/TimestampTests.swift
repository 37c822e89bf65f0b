import GatehouseCore
import Testing

@Suite("Times")
struct TimestampTests {
    @Test(
        "a time is written in RFC 3339",
        // Seconds since the epoch from `date -u -d TIME +%s` of GNU coreutils.
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_768_467_600_000, "2026-01-15T09:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func known(_ milliseconds: Int64, _ text: String) throws {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(try Timestamp(parsing: text).milliseconds == milliseconds)
    }

    @Test("any time between the years 1 and 9999 is read back as it was written")
    func roundTrip() throws {
        var generator = SplitMix64(seed: 9)
        for _ in 0..<20_000 {
            let time = Timestamp(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator))
            #expect(try Timestamp(parsing: time.description) == time)
        }
    }

    @Test("every day follows the day before it")
    func consecutiveDays() throws {
        var previous = try Timestamp(parsing: "1896-01-01")
        for year in 1896...2104 {
            for month in 1...12 {
                for day in 1...31 {
                    let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    guard let time = try? Timestamp(parsing: text), time != previous else { continue }
                    #expect(time.since(previous) == .seconds(86_400))
                    previous = time
                }
            }
        }
        #expect(previous == (try Timestamp(parsing: "2104-12-31")))
    }

    @Test(
        "shorter forms are read",
        arguments: [
            ("2026-01-15", "2026-01-15T00:00:00.000Z"), ("2026-01-15T09:00Z", "2026-01-15T09:00:00.000Z"),
            ("2026-01-15T09:00:07Z", "2026-01-15T09:00:07.000Z"), ("2026-01-15T09:00:07.5Z", "2026-01-15T09:00:07.500Z"),
            ("2026-01-15T09:00:07.05Z", "2026-01-15T09:00:07.050Z"),
            ("2026-01-15T09:00:07.123456789Z", "2026-01-15T09:00:07.123Z"),
            ("2026-01-15T09:00:07.9999Z", "2026-01-15T09:00:07.999Z"),
        ])
    func shortForms(_ text: String, _ full: String) throws {
        #expect(try Timestamp(parsing: text).description == full)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "now", "T", "Z", "2026", "2026-01", "2026-1-15", "2026-01-5", "26-01-15", "02026-01-15", "2026-00-15",
            "2026-13-15",
            "2026-01-00", "2026-01-32", "2026-04-31", "2026-02-29", "1900-02-29", "2100-02-29", "0000-01-01", "+026-01-15",
            "2026-+1-15", "2026--1-15", "-2026-01-15", "2026/01/15", "2026-01-15-", "2026-01-15 09:00Z", "2026-01-15T",
            "2026-01-15TZ", "2026-01-15T09Z", "2026-01-15T09:00", "2026-01-15T09:00z", "2026-01-15t09:00Z", "2026-01-15T24:00Z",
            "2026-01-15T09:60Z", "2026-01-15T09:00:60Z", "2026-01-15T9:00Z", "2026-01-15T+9:00Z", "2026-01-15T09:00:00:00Z",
            "2026-01-15T09:00.5Z", "2026-01-15T09:00:00.Z", "2026-01-15T09:00:00.+12Z", "2026-01-15T09:00:00.12xZ",
            "2026-01-15T09:00:00.123xZ", "2026-01-15T09:00:00.1234567890Z", "2026-01-15T09:00:00.1.2Z", "2026-01-15T09:00+01:00",
            "2026-01-15T09:00:00Z ", " 2026-01-15", "٢٠٢٦-01-15", "2026-01-15T09:00ZT09:00Z", "99999999999999999999-01-01",
        ])
    func refused(_ text: String) throws {
        let error = try refusal { try Timestamp(parsing: text) }
        #expect(error.message == "'\(text)' is not a time.")
        #expect(error.hint != nil)
    }

    @Test("the ends of the range can be written")
    func extremes() {
        #expect(Timestamp(milliseconds: .max).description == "292278994-08-17T07:12:55.807Z")
        #expect(Timestamp(milliseconds: .min).description.hasSuffix("-05-16T16:47:04.192Z"))
    }

    @Test("durations are added and measured in milliseconds")
    func arithmetic() {
        let start = Timestamp(milliseconds: 1000)
        #expect(start.adding(.seconds(2)) == Timestamp(milliseconds: 3000))
        #expect(start.adding(.milliseconds(-1500)) == Timestamp(milliseconds: -500))
        #expect(Timestamp(milliseconds: 3000).since(start) == .seconds(2))
        #expect(start < Timestamp(milliseconds: 1001))
    }
}
