const places = [
  'Harbour',
  'Northfield',
  'Riverside',
  'Maplewood',
  'Saint Anne',
  'Lakeshore',
  'Old Mill',
  'Bellevue',
  'Cedar Hill',
  'Grand Falls',
  'Windward',
  'Kingsbridge',
  'Stonegate',
  'Fairview',
  'Aurora',
  'Larkspur',
  'Millbrook',
  'Westport',
  'Green Valley',
]
const kinds = [
  'Gallery',
  'Museum',
  'Archive',
  'Library',
  'Studio',
  'Press',
  'School',
  'Theatre',
  'Institute',
  'Society',
  'Review',
  'Centre',
  'Foundation',
  'Club',
  'House',
  'Trust',
  'Collection',
]

/** A name such as `harbour-gallery`, a different one for every serial below 323; after that with a number. */
export const organisationName = (serial: number): string => {
  // The two lengths have no common divisor, so that every pair comes before one comes again.
  const words = `${places[serial % places.length]} ${kinds[serial % kinds.length]}`
  const round = Math.floor(serial / (places.length * kinds.length))
  const name = words.toLowerCase().replaceAll(' ', '-')
  return round === 0 ? name : `${name}-${round + 1}`
}
