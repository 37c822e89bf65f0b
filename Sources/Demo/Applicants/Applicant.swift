/// One business that asks for a loan.
struct Applicant {
    var ageBand: AgeBand
    var region: Region
    var size: BusinessSize
    /// Existing debt over a year's turnover, a ratio around 0.35.
    var debtToTurnover: Double
    /// Share of the credit lines in use, 0 to 1.
    var utilisation: Double
    /// Bills paid more than 30 days late in the last 12 months.
    var latePayments: Int
    /// Years since the business was founded, at least 0.5.
    var yearsTrading: Double
    /// Credit inquiries by other lenders in the last 6 months.
    var inquiries: Int
    /// The loan over a year's turnover, a ratio around 0.2.
    var loanToTurnover: Double
    /// Months to repay: 12, 24, 36, 48 or 60.
    var termMonths: Int
    /// This year's turnover against last year's, as a share: -0.1 is ten per cent less.
    var turnoverGrowth: Double
    /// Days the business could pay its bills from its balance; nil when no bank account was linked.
    var cashBufferDays: Double?
    /// Direct debits returned unpaid in the last 6 months.
    var returnedDebits: Int
    /// Days between the end of a month and its bank statement reaching the lender. It says how the books are kept, that
    /// is, how big the business is, and nothing about whether it will pay.
    var statementLagDays: Int
    /// Whether the loan was not repaid within 24 months.
    var defaulted: Bool
}

/// Age of the owner.
enum AgeBand: String, CaseIterable {
    case to25 = "18-25"
    case to35 = "26-35"
    case to50 = "36-50"
    case over50 = "51+"
}

enum Region: String, CaseIterable { case north, east, south, west }

enum BusinessSize: String, CaseIterable { case small, medium, large }
