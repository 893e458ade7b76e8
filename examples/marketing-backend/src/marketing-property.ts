/** The property of the marketing site itself; beacons that name none belong to it. */
export const marketingProperty = 'marketing-site'
