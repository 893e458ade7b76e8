-- CreateTable
CREATE TABLE "webhook_day_notes" (
    "id" VARCHAR(36) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "day" DATE NOT NULL,
    "text" VARCHAR(500) NOT NULL,
    "noted_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "webhook_day_notes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_saved_views" (
    "id" VARCHAR(36) NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "name" VARCHAR(120) NOT NULL,
    "view" VARCHAR(2000) NOT NULL,
    "saved_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "webhook_saved_views_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_day_notes_day_idx" ON "webhook_day_notes"("day");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_saved_views_name_key" ON "webhook_saved_views"("owner_id", "name");
