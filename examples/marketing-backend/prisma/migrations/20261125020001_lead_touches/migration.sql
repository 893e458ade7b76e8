-- CreateTable
CREATE TABLE "lead_captures" (
    "id" TEXT NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "captured_on" DATE NOT NULL,
    "first_channel" VARCHAR(255) NOT NULL,
    "first_source" VARCHAR(255) NOT NULL,
    "first_medium" VARCHAR(255) NOT NULL,
    "first_campaign" VARCHAR(255) NOT NULL,
    "first_landing_path" VARCHAR(255) NOT NULL,
    "last_channel" VARCHAR(255) NOT NULL,
    "last_source" VARCHAR(255) NOT NULL,
    "last_medium" VARCHAR(255) NOT NULL,
    "last_campaign" VARCHAR(255) NOT NULL,
    "last_landing_path" VARCHAR(255) NOT NULL,

    CONSTRAINT "lead_captures_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lead_touches" (
    "lead_id" TEXT NOT NULL,
    "touch" VARCHAR(8) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "capture_id" TEXT NOT NULL,
    "touched_at" TIMESTAMP(3),
    "channel" VARCHAR(255) NOT NULL,
    "source" VARCHAR(255) NOT NULL,
    "medium" VARCHAR(255) NOT NULL,
    "campaign" VARCHAR(255) NOT NULL,
    "term" VARCHAR(255),
    "content" VARCHAR(255),
    "referrer_host" VARCHAR(255),
    "landing_path" VARCHAR(255) NOT NULL,

    CONSTRAINT "lead_touches_pkey" PRIMARY KEY ("lead_id","touch")
);

-- CreateTable
CREATE TABLE "tenant_captures" (
    "tenant_id" VARCHAR(128) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "capture_id" TEXT NOT NULL,

    CONSTRAINT "tenant_captures_pkey" PRIMARY KEY ("tenant_id","owner_id")
);

-- CreateTable
CREATE TABLE "daily_visitors" (
    "id" TEXT NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "property_id" VARCHAR(128) NOT NULL,
    "day" DATE NOT NULL,
    "channel" VARCHAR(255) NOT NULL,
    "source" VARCHAR(255) NOT NULL,
    "medium" VARCHAR(255) NOT NULL,
    "campaign" VARCHAR(255) NOT NULL,
    "landing_path" VARCHAR(255) NOT NULL,
    "visitors" INTEGER NOT NULL,

    CONSTRAINT "daily_visitors_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "lead_captures_captured_on_idx" ON "lead_captures"("captured_on");

-- CreateIndex
CREATE INDEX "daily_visitors_property_day_idx" ON "daily_visitors"("property_id", "day");

-- AddForeignKey
ALTER TABLE "lead_touches" ADD CONSTRAINT "lead_touches_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE CASCADE ON UPDATE CASCADE;
