import GatehouseCore
import Scoring
import Testing

@Suite("Reading response times") struct LatencySamplesTests {
    private func times(_ text: String) throws -> [Double] { try LatencySamples.parse(Array(text.utf8), name: "times") }

    @Test("a number per line, with blanks, empty lines and line ends of any kind")
    func reads() throws {
        #expect(try times("1\n 2.5 \r\n\n\t3e-2") == [1, 2.5, 0.03])
        #expect(try times("") == [])
        #expect(try times("\n\n") == [])
        #expect(try times("0\n-0\n") == [0, 0])
    }

    @Test(
        "anything else is named with its line",
        arguments: ["a", "1 2", "-1", "nan", "inf", "1e999", "1e308", "1,5", "\u{0}", String(repeating: "9", count: 10_000)])
    func refuses(_ line: String) {
        #expect {
            try times("1\n\(line)\n")
        } throws: { error in
            (error as? GatehouseError)?.code == .invalidArgument && "\(error)".contains("times: line 2 is no response time")
        }
    }

    @Test("a file that is not there is not found")
    func missing() {
        #expect {
            try LatencySamples.read("/no/such/file")
        } throws: { ($0 as? GatehouseError)?.code == .notFound }
    }
}
