package import GatehouseCore

/// Made-up credit applicants, the same for the same seed: the data of `Examples/credit-risk` and of the demo.
package enum Applicants {
    package static let rowsMax = 5_000_000

    /// The columns of a sample in their order: the groups, the features and, where it is known, the label.
    package static func columnNames(_ kind: ApplicantKind) -> [String] {
        ApplicantColumn.all.map(\.name) + (kind.hasLabel ? [ApplicantColumn.label.name] : [])
    }

    /// `rows` applicants as CSV with a header; an empty cell is a missing value. The first rows are the same however many
    /// are asked for. Fails with `invalidArgument` when `rows` is not within 1...`rowsMax`.
    package static func csv(kind: ApplicantKind, rows: Int, seed: UInt64) throws(GatehouseError) -> [UInt8] {
        guard (1...rowsMax).contains(rows) else {
            throw GatehouseError(
                .invalidArgument, "\(rows) rows cannot be made.", hint: "Ask for 1 to \(rowsMax) rows.")
        }
        let columns = ApplicantColumn.all + (kind.hasLabel ? [ApplicantColumn.label] : [])
        var text = CSVText(bytesExpected: (rows + 1) * bytesPerRow)
        for column in columns { text.cell(column.name) }
        text.endRow()
        var applicants = ApplicantStream(kind: kind, seed: seed)
        for _ in 0..<rows {
            let applicant = applicants.next()
            for column in columns { column.write(applicant, &text) }
            text.endRow()
        }
        return text.bytes
    }

    /// A little more than a row takes on average: room set aside, not a limit.
    private static let bytesPerRow = 90
}

/// A column of the samples: its name and how an applicant's cell is written.
struct ApplicantColumn: Sendable {
    let name: String
    let write: @Sendable (Applicant, inout CSVText) -> Void

    static let label = ApplicantColumn(name: "defaulted") { $1.cell($0.defaulted ? 1 : 0) }

    static let all: [ApplicantColumn] = [
        ApplicantColumn(name: "age_band") { $1.cell($0.ageBand.rawValue) },
        ApplicantColumn(name: "region") { $1.cell($0.region.rawValue) },
        ApplicantColumn(name: "business_size") { $1.cell($0.size.rawValue) },
        ApplicantColumn(name: "debt_to_turnover") { $1.cell($0.debtToTurnover, decimals: 3) },
        ApplicantColumn(name: "utilisation") { $1.cell($0.utilisation, decimals: 3) },
        ApplicantColumn(name: "late_payments_12m") { $1.cell($0.latePayments) },
        ApplicantColumn(name: "years_trading") { $1.cell($0.yearsTrading, decimals: 1) },
        ApplicantColumn(name: "inquiries_6m") { $1.cell($0.inquiries) },
        ApplicantColumn(name: "loan_to_turnover") { $1.cell($0.loanToTurnover, decimals: 3) },
        ApplicantColumn(name: "term_months") { $1.cell($0.termMonths) },
        ApplicantColumn(name: "turnover_growth") { $1.cell($0.turnoverGrowth, decimals: 3) },
        ApplicantColumn(name: "cash_buffer_days") { applicant, text in
            if let days = applicant.cashBufferDays { text.cell(days, decimals: 1) } else { text.missing() }
        },
        ApplicantColumn(name: "returned_debits_6m") { $1.cell($0.returnedDebits) },
        ApplicantColumn(name: "statement_lag_days") { $1.cell($0.statementLagDays) },
    ]
}
