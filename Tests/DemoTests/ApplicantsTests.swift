import Demo
import GatehouseCore
import Testing

@Suite("Credit applicants")
struct ApplicantsTests {
    @Test("the same seed gives the same bytes, on every machine")
    func sameSeed() throws {
        let bytes = try Applicants.csv(kind: .holdout, rows: 2_000, seed: 7)
        #expect(bytes == (try Applicants.csv(kind: .holdout, rows: 2_000, seed: 7)))
        // Written down from a run of the generator: the committed models were trained on its samples.
        #expect(
            String(decoding: bytes, as: UTF8.self).hasPrefix(
                """
                age_band,region,business_size,debt_to_turnover,utilisation,late_payments_12m,years_trading,\
                inquiries_6m,loan_to_turnover,term_months,turnover_growth,cash_buffer_days,returned_debits_6m,statement_lag_days,defaulted
                51+,west,large,0.454,0.900,1,3.2,1,0.176,48,0.024,30.5,0,15,0
                18-25,south,small,0.312,0.098,0,3.1,0,0.141,24,0.018,14.9,0,31,0
                26-35,east,medium,0.206,0.562,1,1.9,0,0.135,36,-0.080,30.6,1,29,0
                """))
        #expect(fnv1a(bytes) == 0xb906_d10e_2012_51c3)
    }

    @Test("asking for more rows adds rows at the end")
    func prefix() throws {
        let few = try Applicants.csv(kind: .training, rows: 100, seed: 3)
        let many = try Applicants.csv(kind: .training, rows: 300, seed: 3)
        #expect(many.count > few.count)
        #expect(many.starts(with: few))
    }

    @Test("other seeds and other kinds give other applicants")
    func otherSeeds() throws {
        let utilisation = try [
            Sample(.holdout, rows: 50, seed: 1), Sample(.holdout, rows: 50, seed: 2), Sample(.training, rows: 50, seed: 1),
            Sample(.recent, rows: 50, seed: 1),
        ].map { try $0.words("utilisation") }
        #expect(Set(utilisation).count == 4)
    }

    @Test("every row has the named columns; recent applicants have no outcome", arguments: ApplicantKind.allCases)
    func columns(kind: ApplicantKind) throws {
        let sample = try Sample(kind, rows: 500)
        #expect(sample.columnNames == Applicants.columnNames(kind))
        #expect(Set(sample.columnNames).count == sample.columnNames.count)
        #expect(sample.rows.count == 500)
        #expect(sample.rows.allSatisfy { $0.count == sample.columnNames.count })
        #expect(sample.columnNames.contains("defaulted") == (kind != .recent))
    }

    @Test("fewer than one row and more than the limit are refused", arguments: [Int.min, -1, 0, 5_000_001, Int.max])
    func rowLimits(rows: Int) throws {
        let error = try #require(throws: GatehouseError.self) {
            try Applicants.csv(kind: .recent, rows: rows, seed: 1)
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("\(rows)"))
        #expect(error.hint?.contains("5000000") == true)
    }

    @Test("values stay in the ranges of their units")
    func ranges() throws {
        let sample = try Sample(.recent, rows: 20_000)
        let ranges: [String: ClosedRange<Double>] = [
            "debt_to_turnover": 0...10, "utilisation": 0...1, "late_payments_12m": 0...30, "years_trading": 0.5...300,
            "inquiries_6m": 0...30, "loan_to_turnover": 0...10, "turnover_growth": -1...1, "cash_buffer_days": 0...3_000,
            "returned_debits_6m": 0...30, "statement_lag_days": 1...90,
        ]
        for (column, range) in ranges {
            let outside = try sample.numbers(column).compactMap(\.self).first { !range.contains($0) }
            #expect(outside == nil, "\(column)")
        }
        #expect(Set(try sample.words("term_months")) == ["12", "24", "36", "48", "60"])
        #expect(Set(try sample.words("age_band")) == ["18-25", "26-35", "36-50", "51+"])
        #expect(Set(try sample.words("region")) == ["north", "east", "south", "west"])
        #expect(Set(try sample.words("business_size")) == ["small", "medium", "large"])
    }

    @Test("only the cash buffer is ever missing, for about three in a hundred")
    func missing() throws {
        let sample = try Sample(.holdout, rows: 20_000)
        for column in sample.columnNames {
            let share = try sample.share("", in: column)
            if column == "cash_buffer_days" { #expect((0.025...0.035).contains(share)) } else { #expect(share == 0, "\(column)") }
        }
    }

    /// FNV-1a (Fowler, Noll and Vo), 64 bits: enough to notice a changed byte.
    private func fnv1a(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
