-- AlterTable
ALTER TABLE "tenant_activity" ADD COLUMN     "active_days" VARBIT;

-- What a server of before does not know stays as it was, and would be wrong: it is forgotten.
CREATE FUNCTION "forget_tenant_active_days"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."active_days" := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER "forget_tenant_active_days" BEFORE UPDATE ON "tenant_activity"
FOR EACH ROW WHEN (NEW."active_days" IS NOT DISTINCT FROM OLD."active_days")
EXECUTE FUNCTION "forget_tenant_active_days"();

-- As the worker does with those that come later. Of what the retention has deleted, the first, second and last day are known.
UPDATE "tenant_activity" activity SET "active_days" = known."active_days"
FROM (
    SELECT "tenant_id", "owner_id", string_agg(repeat('0', "day" - day_before - 1) || '1', '' ORDER BY "day")::varbit AS "active_days"
    FROM (
        SELECT "tenant_id", "owner_id", "day", lag("day", 1, "day" - 1) OVER (PARTITION BY "tenant_id", "owner_id" ORDER BY "day") AS day_before
        FROM (
            SELECT rollup."tenant_id", rollup."owner_id", "day"
            FROM "service_usage_rollups" rollup JOIN "tenant_activity" activity USING ("tenant_id", "owner_id")
            WHERE "scans_completed" > 0 AND "day" > "first_day" AND "day" < "last_day"
            UNION SELECT "tenant_id", "owner_id", "first_day" FROM "tenant_activity"
            UNION SELECT "tenant_id", "owner_id", "second_day" FROM "tenant_activity" WHERE "second_day" IS NOT NULL
            UNION SELECT "tenant_id", "owner_id", "last_day" FROM "tenant_activity"
        ) days
    ) spaced
    GROUP BY "tenant_id", "owner_id"
) known
WHERE known."tenant_id" = activity."tenant_id" AND known."owner_id" = activity."owner_id";
