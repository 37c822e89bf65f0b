import Demo
import Testing

/// The mechanism of the story, seen in the samples themselves.
@Suite("The bias of the training sample")
struct SampleBiasTests {
    @Test("in the holdout about 18 in 100 default, whatever the group", arguments: ["business_size", "age_band", "region"])
    func holdoutRates(group: String) throws {
        let rates = try Sample(.holdout, rows: 60_000).means("defaulted", by: group)
        #expect(rates.count == (group == "business_size" ? 3 : 4))
        for (name, rate) in rates { #expect((0.17...0.20).contains(rate), "\(name): \(rate)") }
    }

    @Test("in training small businesses default far more often than large ones")
    func trainingRates() throws {
        let rates = try Sample(.training, rows: 30_000).means("defaulted", by: "business_size")
        #expect((0.43...0.47).contains(try #require(rates["small"])))
        #expect((0.17...0.20).contains(try #require(rates["medium"])))
        #expect((0.07...0.10).contains(try #require(rates["large"])))
    }

    @Test("the bias leaves the mix of groups alone", arguments: ApplicantKind.allCases)
    func mix(kind: ApplicantKind) throws {
        let sample = try Sample(kind, rows: 30_000)
        #expect(abs(try sample.share("small", in: "business_size") - 0.44) < 0.01)
        #expect(abs(try sample.share("large", in: "business_size") - 0.24) < 0.01)
        #expect(abs(try sample.share("18-25", in: "age_band") - 0.18) < 0.01)
        #expect(abs(try sample.share("west", in: "region") - 0.23) < 0.01)
    }

    @Test("the statement lag tells the size of the business in every sample", arguments: ApplicantKind.allCases)
    func lag(kind: ApplicantKind) throws {
        let lags = try Sample(kind, rows: 30_000).means("statement_lag_days", by: "business_size")
        #expect((36.5...38.5).contains(try #require(lags["small"])))
        #expect((21.5...23.5).contains(try #require(lags["medium"])))
        #expect((10.5...12.5).contains(try #require(lags["large"])))
    }

    @Test("no other feature differs between the sizes by more than a twentieth of its spread")
    func otherFeatures() throws {
        let sample = try Sample(.holdout, rows: 60_000)
        let groups: Set<String> = ["age_band", "region", "business_size", "defaulted", "statement_lag_days"]
        for column in sample.columnNames where !groups.contains(column) {
            let known = try sample.numbers(column).compactMap(\.self)
            let mean = known.reduce(0, +) / Double(known.count)
            let spread = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
            let means = try sample.means(column, by: "business_size").values
            let gap = try #require(means.max()) - (try #require(means.min()))
            #expect(gap < spread / 20, "\(column)")
        }
    }

    @Test("recent applicants use more of their credit than those of the holdout, but not much")
    func stretch() throws {
        func meanUse(_ kind: ApplicantKind) throws -> Double {
            let use = try Sample(kind, rows: 20_000).numbers("utilisation").compactMap(\.self)
            return use.reduce(0, +) / Double(use.count)
        }
        #expect((0.01...0.05).contains(try meanUse(.recent) - meanUse(.holdout)))
    }
}
