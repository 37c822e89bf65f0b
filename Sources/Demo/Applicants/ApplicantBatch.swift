import GatehouseCore

/// Applications as a broker sends them: some at a time, as the body of a scoring request.
struct ApplicantBatch {
    struct Request {
        /// A customer that was not seen before.
        let unit: String
        /// A `dataframe_split` of its applicants.
        let body: String
        /// What becomes of each, were the loan granted.
        let defaulted: [Bool]
    }

    static let rows = 40

    private var applicants: ApplicantStream
    private var sent = 0
    /// Tells the customers of this stream from those of others.
    private let name: String

    init(seed: UInt64, name: String) {
        applicants = ApplicantStream(kind: .recent, seed: seed)
        self.name = name
    }

    mutating func next() -> Request {
        sent += 1
        let names = JSONValue.array(Self.columns.map { .string($0.name) })
        let batch = (0..<Self.rows).map { _ in applicants.next() }
        let rows = batch.map { applicant in JSONValue.array(Self.columns.map { $0.value(applicant) }) }
        let body: JSONValue = ["dataframe_split": ["columns": names, "data": .array(rows)]]
        return Request(unit: "\(name)-\(sent)", body: body.canonicalText, defaulted: batch.map(\.defaulted))
    }

    private static let columns: [(name: String, value: @Sendable (Applicant) -> JSONValue)] = [
        ("debt_to_turnover", { .number($0.debtToTurnover) }), ("utilisation", { .number($0.utilisation) }),
        ("late_payments_12m", { .integer(Int64($0.latePayments)) }), ("years_trading", { .number($0.yearsTrading) }),
        ("inquiries_6m", { .integer(Int64($0.inquiries)) }), ("loan_to_turnover", { .number($0.loanToTurnover) }),
        ("term_months", { .integer(Int64($0.termMonths)) }), ("turnover_growth", { .number($0.turnoverGrowth) }),
        ("cash_buffer_days", { $0.cashBufferDays.map { .number($0) } ?? .null }),
        ("returned_debits_6m", { .integer(Int64($0.returnedDebits)) }),
    ]
}
