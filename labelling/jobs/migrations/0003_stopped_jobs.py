from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="stoppable",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether a person may stop it; what it has done by then stays.",
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("stopped", "Stopped"),
                ],
                default="queued",
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="job",
            name="job_known_state",
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "failed", "stopped"])),
                name="job_known_state",
            ),
        ),
    ]
