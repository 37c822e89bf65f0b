import Glibc
import Statistics

/// An endless, seeded sequence of applicants.
///
/// Whether an applicant defaults depends on the ten credit features only, never on the owner's age, the region or the
/// size of the business, and of those features none depends on a group. Only the statement lag does. So a model without
/// the lag has nothing to tell the groups apart by, and one with it can learn the training sample's bias.
struct ApplicantStream {
    private let kind: ApplicantKind
    private var chance: SeededGenerator

    init(kind: ApplicantKind, seed: UInt64) {
        self.kind = kind
        chance = SeededGenerator(seed: seed, kind: kind)
    }

    /// The next applicant. A biased sample keeps its mix of groups: the groups are drawn once, the rest is drawn again
    /// until the sample keeps the applicant.
    mutating func next() -> Applicant {
        let ageBand = pick([(AgeBand.to25, 0.18), (.to35, 0.26), (.to50, 0.32)], otherwise: .over50)
        let region = pick([(Region.north, 0.30), (.east, 0.20), (.south, 0.27)], otherwise: .west)
        let size = pick([(BusinessSize.small, 0.44), (.medium, 0.32)], otherwise: .large)
        let odds = kind.oddsOfDefault(size)
        while true {
            let applicant = draw(ageBand, region, size)
            // Dropping repaid loans multiplies the odds of default, dropping defaults divides them.
            let keep = applicant.defaulted ? min(1, odds) : min(1, 1 / odds)
            if keep == 1 || chance.uniform() < keep { return applicant }
        }
    }

    private mutating func draw(_ ageBand: AgeBand, _ region: Region, _ size: BusinessSize) -> Applicant {
        var applicant = Applicant(
            ageBand: ageBand, region: region, size: size,
            debtToTurnover: 0.35 * exp(0.6 * chance.normal()),
            utilisation: 1 / (1 + exp(-(chance.normal() + kind.stretch) * 1.3)),
            latePayments: chance.count(mean: 0.7 * exp(0.8 * chance.normal())),
            yearsTrading: 0.5 + 6.5 * exp(0.7 * chance.normal()),
            inquiries: chance.count(mean: 1.2 * exp(0.5 * chance.normal() + kind.stretch)),
            loanToTurnover: 0.2 * exp(0.6 * chance.normal()),
            termMonths: 12 * (1 + chance.below(5)),
            turnoverGrowth: 0.04 + 0.16 * chance.normal(),
            cashBufferDays: 27 * exp(0.8 * chance.normal()),
            returnedDebits: chance.count(mean: 0.5 * exp(0.8 * chance.normal())),
            statementLagDays: statementLag(size),
            defaulted: false)
        applicant.defaulted = chance.uniform() < 1 / (1 + exp(-risk(applicant)))
        if chance.uniform() < 0.03 { applicant.cashBufferDays = nil }
        return applicant
    }

    /// The log-odds of default.
    private func risk(_ applicant: Applicant) -> Double {
        var risk = -2.7
        risk += 1.3 * log(applicant.debtToTurnover / 0.35)
        risk += 4.4 * (applicant.utilisation - 0.5)
        risk += 0.95 * Double(min(applicant.latePayments, 6)) - 0.9
        risk -= 1.0 * log(applicant.yearsTrading / 7)
        risk += 0.32 * Double(min(applicant.inquiries, 8)) - 0.4
        risk += 1.1 * log(applicant.loanToTurnover / 0.2)
        risk += 0.02 * Double(applicant.termMonths - 36)
        risk -= 4.0 * (applicant.turnoverGrowth - 0.04)
        risk -= 0.8 * log((applicant.cashBufferDays ?? 27) / 27)
        risk += 0.8 * Double(min(applicant.returnedDebits, 5)) - 0.5
        return risk
    }

    private mutating func statementLag(_ size: BusinessSize) -> Int {
        let (mean, spread) =
            switch size {
            case .small: (38.0, 7.0)
            case .medium: (23.0, 6.0)
            case .large: (12.0, 4.0)
            }
        return Int(max(1, mean + spread * chance.normal()))
    }

    private mutating func pick<Value>(_ shares: [(Value, Double)], otherwise rest: Value) -> Value {
        var left = chance.uniform()
        for (value, share) in shares {
            if left < share { return value }
            left -= share
        }
        return rest
    }
}
