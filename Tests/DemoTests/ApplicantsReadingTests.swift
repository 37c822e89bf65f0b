import Demo
import GatehouseCore
import Scoring
import Testing

@Suite("Reading the samples")
struct ApplicantsReadingTests {
    @Test(
        "the dataset reader finds the written columns, text where groups are and numbers elsewhere",
        arguments: ApplicantKind.allCases)
    func columns(kind: ApplicantKind) throws {
        let bytes = try Applicants.csv(kind: kind, rows: 3_000, seed: 11)
        let table = try DatasetReader.read(bytes: bytes, format: .csv).table
        #expect(table.rowCount == 3_000)
        #expect(table.columns.map(\.name) == Applicants.columnNames(kind))
        let text = table.columns.filter { if case .categorical = $0.values { true } else { false } }
        #expect(text.map(\.name) == ["age_band", "region", "business_size"])
    }

    @Test("the dataset reader reads the numbers that were written, empty cells as missing")
    func numbers() throws {
        let bytes = try Applicants.csv(kind: .holdout, rows: 3_000, seed: ApplicantKind.storySeed)
        let table = try DatasetReader.read(bytes: bytes, format: .csv).table
        let sample = try Sample(.holdout, rows: 3_000)
        for column in ["cash_buffer_days", "turnover_growth", "defaulted"] {
            guard case .numeric(let read)? = table[column]?.values else {
                Issue.record("\(column) was not read as numbers")
                continue
            }
            #expect(read.map { $0.isNaN ? nil : $0 } == (try sample.numbers(column)), "\(column)")
        }
    }
}
