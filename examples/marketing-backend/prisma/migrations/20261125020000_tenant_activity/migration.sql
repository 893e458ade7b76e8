-- CreateTable
CREATE TABLE "tenant_activity" (
    "tenant_id" VARCHAR(128) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "first_day" DATE NOT NULL,
    "second_day" DATE,
    "last_day" DATE NOT NULL,

    CONSTRAINT "tenant_activity_pkey" PRIMARY KEY ("tenant_id","owner_id")
);

-- CreateTable
CREATE TABLE "active_tenant_days" (
    "day" DATE NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "daily" INTEGER NOT NULL,
    "weekly" INTEGER NOT NULL,
    "monthly" INTEGER NOT NULL,

    CONSTRAINT "active_tenant_days_pkey" PRIMARY KEY ("day","owner_id")
);

-- CreateIndex
CREATE INDEX "tenant_activity_last_day_idx" ON "tenant_activity"("last_day");

-- What was rolled up before there was activity.
INSERT INTO "tenant_activity" ("owner_id", "tenant_id", "first_day", "second_day", "last_day")
SELECT "owner_id", "tenant_id", min("day"), (array_agg("day" ORDER BY "day"))[2], max("day")
FROM "service_usage_rollups"
WHERE "scans_completed" > 0
GROUP BY "owner_id", "tenant_id";

-- Every active day of a tenant makes it active for the days that follow, until its next one begins the same again.
INSERT INTO "active_tenant_days" ("owner_id", "day", "daily", "weekly", "monthly")
WITH active AS (
    SELECT "owner_id", "day", lead("day") OVER (PARTITION BY "owner_id", "tenant_id" ORDER BY "day") AS next_day
    FROM "service_usage_rollups"
    WHERE "scans_completed" > 0
),
change AS (
    SELECT "owner_id", "day", 1 AS daily, 1 AS weekly, 1 AS monthly FROM active
    UNION ALL SELECT "owner_id", "day" + 1, -1, 0, 0 FROM active
    UNION ALL SELECT "owner_id", LEAST(next_day, "day" + 7), 0, -1, 0 FROM active
    UNION ALL SELECT "owner_id", LEAST(next_day, "day" + 30), 0, 0, -1 FROM active
),
summed AS (
    SELECT "owner_id", "day", sum(daily) AS daily, sum(weekly) AS weekly, sum(monthly) AS monthly
    FROM change GROUP BY "owner_id", "day"
)
SELECT owners."owner_id", days.day::date, sum(COALESCE(daily, 0)) OVER upto, sum(COALESCE(weekly, 0)) OVER upto,
    sum(COALESCE(monthly, 0)) OVER upto
FROM (SELECT DISTINCT "owner_id" FROM active) owners
CROSS JOIN generate_series((SELECT min("day") FROM active)::timestamp, (SELECT max("day") FROM active)::timestamp, interval '1 day') AS days(day)
LEFT JOIN summed ON summed."owner_id" = owners."owner_id" AND summed."day" = days.day::date
WINDOW upto AS (PARTITION BY owners."owner_id" ORDER BY days.day);
