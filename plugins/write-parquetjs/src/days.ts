const TEXT = /^(\d{4,})-(\d\d)-(\d\d)( BC)?$/;

/**
 * Days from 1970-01-01 to a date of the proleptic Gregorian calendar, negative before it. `Date` ends with the year
 * 275760, PostgreSQL's dates with 5874897.
 *
 * @param text - `2025-10-27`, with ` BC` behind it before year 1
 * @see https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
export function daysSinceEpoch(text: string): number {
  const [, yearText, monthText, dayText, before] = TEXT.exec(text) ?? [];
  if (yearText === undefined) throw new RangeError(`${text} is not a date`);
  const month = Number(monthText);
  // Years begin with March, so that the leap day is the last.
  const year = (before ? 1 - Number(yearText) : Number(yearText)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + Number(dayText) - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
