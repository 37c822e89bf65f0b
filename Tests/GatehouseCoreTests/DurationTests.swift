import GatehouseCore
import Testing

@Suite("Durations in text")
struct DurationTests {
    @Test(
        "a number and a unit are read",
        arguments: [
            ("0s", .zero), ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("10m", .seconds(600)),
            ("48h", .seconds(172_800)),
            ("7d", .seconds(604_800)), ("007d", .seconds(604_800)), ("1000000000d", .seconds(86_400_000_000_000)),
        ] as [(String, Duration)])
    func read(_ text: String, _ duration: Duration) {
        #expect(Duration(text: text) == duration)
    }

    @Test(
        "anything else is not a duration",
        arguments: [
            "", "7", "d", "7 d", " 7d", "7d ", "7D", "7w", "7y", "1.5h", "1h30m", "-7d", "+7d", "7dd", "1000000001s",
            "99999999999999999999d", "٧d", "½h", "1e3s",
        ])
    func refused(_ text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test(
        "the shortest exact form is written, and reads back equal",
        arguments: [
            (.zero, "0ms"), (.milliseconds(1500), "1500ms"), (.seconds(1), "1s"), (.seconds(60), "1m"), (.seconds(5400), "90m"),
            (.seconds(7200), "2h"), (.seconds(86_400), "1d"), (.seconds(604_800), "7d"),
        ] as [(Duration, String)])
    func written(_ duration: Duration, _ text: String) {
        #expect(duration.shortText == text)
        #expect(Duration(text: text) == duration)
    }

    @Test("milliseconds are whole, rounded towards zero")
    func milliseconds() {
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.microseconds(-1999).milliseconds == -1)
        #expect(Duration.seconds(3).milliseconds == 3000)
    }
}
